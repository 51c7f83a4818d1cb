-- Spreads wrk's requests over the users in a file of "<id> <token>" lines, each thread over a share of its own:
--
--     wrk -tTHREADS … -s spread.lua URL -- USERS_FILE THREADS read|update|row REQUESTS
--
-- read    GET the messaging privacy of one user after the other
-- update  change it back and forth, so that every request is a change
-- row     GET /<id>, what crates/privet/examples/bare_query.rs answers
--
-- Ends after so many requests, on one thread, or with 0 when wrk's time is up. Prints what requests.lua says.

local SETTINGS = "/api/v1/privacy/settings"

local next_share = 0

function setup(thread)
   thread:set("share", next_share)
   next_share = next_share + 1
end

-- Requests are put together once: here, not while the clock runs.
local requests = dofile("scripts/bench-lua/requests.lua")

function init(args)
   local path, threads, mode = args[1], tonumber(args[2]), args[3]
   local users = {}
   local number = 0
   for line in io.lines(path) do
      if number % threads == share then
         local id, token = line:match("(%S+) (%S+)")
         users[#users + 1] = { id = id, token = token }
      end
      number = number + 1
   end
   stop_after(tonumber(args[4]))
   if mode == "update" then
      add(users, put("false"))
      add(users, put("true"))
   else
      add(users, mode == "row" and get_row or get_settings)
   end
end

-- Only where it is asked for: wrk is slower when it has to call back for every answer.
function stop_after(count)
   if count == 0 then return end
   local answers = 0
   function response()
      answers = answers + 1
      if answers == count then interrupt() end
   end
end

-- Stopping the thread would leave wrk asleep until its time is up; Ctrl-C ends it as if it were. Again and again,
-- because only its main thread wakes up from it, and not by os.execute, during which it is ignored.
function interrupt()
   io.popen("while kill -INT " .. own_process_id() .. "; do sleep 0.1; done >/dev/null 2>&1 &"):close()
end

function own_process_id()
   local stat = io.open("/proc/self/stat")
   local id = stat:read("*n")
   stat:close()
   return id
end

function add(users, format)
   for _, user in ipairs(users) do
      requests[#requests + 1] = format(user)
   end
end

function get_row(user)
   return wrk.format("GET", "/" .. user.id)
end

function get_settings(user)
   return wrk.format("GET", SETTINGS, { Authorization = "Bearer " .. user.token })
end

function put(value)
   local body = '{"setting":"show_last_seen","value":' .. value .. "}"
   return function(user)
      local headers = { Authorization = "Bearer " .. user.token, ["Content-Type"] = "application/json" }
      return wrk.format("PUT", SETTINGS, headers, body)
   end
end
