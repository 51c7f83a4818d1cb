-- Reads and changes the settings of users in a file of "<id> <token>" lines, which crates/privet/examples/make_tokens.rs
-- writes:
--
--     wrk … -s settings.lua URL -- threads=… users=… tokens=FILE mode=…
--
-- read        GET the messaging privacy of users, some much more often than others
-- each        the same of one user after the other; ends after count=… answers, on one thread
-- update      change it, so that every request is a change; resume=FILE keeps how far each thread came
-- row         GET /<id>, what crates/privet/examples/bare_statements answers
-- row_update  PUT /<id>, likewise
--
-- The comments in sending.lua hold here, too.

local SETTINGS = "/api/v1/privacy/settings"
-- One setting for each thread, so that no two threads change the same. `initially` is the first value of a user, as in
-- crates/privet/examples/load_users.rs.
local CHANGEABLE = {
   { name = "show_last_seen", initially = function(number) return number % 3 ~= 2 end },
   { name = "show_read_receipts", initially = function(number) return number % 3 ~= 1 end },
   { name = "show_typing_indicator", initially = function(number) return number % 5 ~= 0 end },
}

local sending = dofile("scripts/bench-lua/sending.lua")

function init(args)
   sending.send(args, function(options)
      local users = read_users(options.tokens)
      if options.mode == "update" then return changes(users, options.resume) end
      local requests = {}
      for number = 0, #users do requests[number] = FORMATS[options.mode](users[number]) end
      if options.mode == "each" then return one_after_the_other(requests, options.count) end
      return function() return requests[sending.draw(#users + 1)] end
   end)
end

-- From 0 to #users.
function read_users(path)
   local users, number = {}, 0
   for line in io.lines(path) do
      local id, token = line:match("(%S+) (%S+)")
      users[number] = { id = id, token = token }
      number = number + 1
   end
   return users
end

-- ---- reads -------------------------------------------------------------------------------------------------------

function get_settings(user)
   return with_token(user, "GET " .. SETTINGS, "", "")
end

function get_row(user)
   return "GET /" .. user.id .. " HTTP/1.1\r\nHost: privet\r\n\r\n"
end

function put_row(user)
   return "PUT /" .. user.id .. " HTTP/1.1\r\nHost: privet\r\nContent-Length: 0\r\n\r\n"
end

FORMATS = { read = get_settings, each = get_settings, row = get_row, row_update = put_row }

-- The same as wrk.format, which would take a second for 100,000 users.
function with_token(user, line, headers, body)
   return line .. " HTTP/1.1\r\nHost: privet\r\nAuthorization: Bearer " .. user.token .. headers .. "\r\n\r\n" .. body
end

function one_after_the_other(requests, count)
   stop_after(count)
   local position = -1
   return function()
      position = (position + 1) % (#requests + 1)
      return requests[position]
   end
end

-- Defined only if it is needed: wrk is slower if it has to call back for every response.
function stop_after(count)
   local answers = 0
   function response()
      answers = answers + 1
      if answers == count then interrupt() end
   end
end

-- If the thread were stopped, wrk would sleep until its time is up. SIGINT ends it with its normal output. It is sent
-- repeatedly, because only the main thread reacts, and in the background, because os.execute ignores it.
function interrupt()
   io.popen("while kill -INT " .. own_process_id() .. "; do sleep 0.1; done >/dev/null 2>&1 &"):close()
end

function own_process_id()
   local stat = io.open("/proc/self/stat")
   local id = stat:read("*n")
   stat:close()
   return id
end

-- ---- changes -----------------------------------------------------------------------------------------------------

-- Turns a setting of a user on and off. A run continues where the last one on the same database ended: it repeats the
-- draws of the last run, and so knows all current values.
function changes(users, resume)
   resume_file, sent = resume, 0
   local setting, values = CHANGEABLE[share + 1], {}
   local function draw()
      local number = sending.draw(#users + 1)
      local value = values[number]
      if value == nil then value = setting.initially(number) end
      values[number] = not value
      sent = sent + 1
      return users[number], values[number]
   end
   for _ = 1, sent_before(resume) do draw() end
   return function() return put(setting.name, draw()) end
end

function put(setting, user, value)
   local body = '{"setting":"' .. setting .. '","value":' .. tostring(value) .. "}"
   local headers = "\r\nContent-Type: application/json\r\nContent-Length: " .. #body
   return with_token(user, "PUT " .. SETTINGS, headers, body)
end

-- The counts by thread, including threads that this run does not have.
function all_sent_before(path)
   local counts, file = {}, io.open(path)
   if not file then return counts end
   for count in file:lines("*n") do counts[#counts + 1] = count end
   file:close()
   return counts
end

function sent_before(path)
   return all_sent_before(path)[share + 1] or 0
end

function sending.at_end()
   local path = sending.each_thread("resume_file")[1]
   if not path then return end
   local counts = all_sent_before(path)
   for place, count in ipairs(sending.each_thread("sent")) do counts[place] = count end
   local file = io.open(path, "w")
   file:write(table.concat(counts, " "), "\n")
   file:close()
end
