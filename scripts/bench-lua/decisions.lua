-- Asks for decisions about the users of scripts/load-users, as a service of the product would:
--
--     wrk … -s decisions.lua URL -- TOKEN_FILE USERS evaluation|CHECKS
--
-- evaluation  POST /access/v1/evaluation, one question
-- CHECKS      POST /api/v1/privacy/decisions with so many checks
--
-- Some users are asked about much more than others (Zipf's law: the second half as often as the first, the third a third
-- as often, …). Half of the questions are about contacts and followers. Prints what requests.lua says.

local BODIES = 64
-- Keeps those who are asked about most from standing beside each other. A prime, so that every user has a turn.
local STEP = 7919

local CONTACTS_AND_FOLLOWERS = { "view_profile", "view_content", "add_to_group", "view_last_seen" }
local SETTINGS_ALONE = { "view_typing", "view_read_receipts", "send_email", "follow_without_approval" }
-- A mutual contact and followed; a contact of the viewer's alone; the one whom every tenth viewer blocks.
local DISTANCES = { 1, 2, 5 }

local next_seed = 1

function setup(thread)
   thread:set("seed", next_seed)
   next_seed = next_seed + 1
end

local requests = dofile("scripts/bench-lua/requests.lua")

function init(args)
   local token, users, mode = io.lines(args[1])(), tonumber(args[2]), args[3]
   math.randomseed(seed)
   local headers = { Authorization = "Bearer " .. token, ["Content-Type"] = "application/json" }
   if mode == "evaluation" then
      for number = 1, 50 * BODIES do
         local body = evaluation(question(users, number))
         requests[number] = wrk.format("POST", "/access/v1/evaluation", headers, body)
      end
   else
      for number = 1, BODIES do
         local body = checks(users, tonumber(mode))
         requests[number] = wrk.format("POST", "/api/v1/privacy/decisions", headers, body)
      end
   end
end

function question(users, number)
   local rank = math.floor(users ^ math.random())
   local viewer = (rank * STEP) % users
   local subject = (viewer + DISTANCES[math.random(#DISTANCES)]) % users
   local actions = number % 2 == 0 and CONTACTS_AND_FOLLOWERS or SETTINGS_ALONE
   return id(viewer), id(subject), actions[math.random(#actions)]
end

-- As crates/privet/examples/load_users.rs makes them. Exact: no product here has more than 53 bits.
function id(number)
   return string.format("%08x-0000-4000-8000-%012x", (number * 2654435761) % 4294967296, number)
end

function evaluation(viewer, subject, action)
   return string.format('{"subject":{"type":"user","id":"%s"},"action":{"name":"%s"},"resource":{"type":"user","id":"%s"}}',
      viewer, action, subject)
end

function checks(users, count)
   local list = {}
   for number = 1, count do
      list[number] = string.format('{"viewer":"%s","subject":"%s","action":"%s"}', question(users, number))
   end
   return '{"checks":[' .. table.concat(list, ",") .. "]}"
end
