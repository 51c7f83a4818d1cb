-- Asks for decisions about the users of scripts/load-users, as a service of the product would:
--
--     wrk … -s decisions.lua URL -- threads=… users=… token=FILE checks=evaluation|COUNT
--
-- evaluation  POST /access/v1/evaluation, one question
-- COUNT       POST /api/v1/privacy/decisions with so many checks
--
-- Some users are asked about much more often than others. Half of the questions are about contacts and followers. What
-- sending.lua says holds here, too.

local BODIES = 64

local CONTACTS_AND_FOLLOWERS = { "view_profile", "view_content", "add_to_group", "view_last_seen" }
local SETTINGS_ALONE = { "view_typing", "view_read_receipts", "send_email", "follow_without_approval" }
-- A mutual contact and followed; a contact of the viewer's alone; the one whom every tenth viewer blocks.
local DISTANCES = { 1, 2, 5 }

local sending = dofile("scripts/bench-lua/sending.lua")

function init(args)
   sending.send(args, function(options)
      local users, checks = options.users, options.checks
      local headers = {
         Authorization = "Bearer " .. io.lines(options.token)(),
         ["Content-Type"] = "application/json",
      }
      local requests = {}
      if checks == "evaluation" then
         for number = 1, 50 * BODIES do
            local body = evaluation(question(users, number))
            requests[number] = wrk.format("POST", "/access/v1/evaluation", headers, body)
         end
      else
         for number = 1, BODIES do
            local body = batch(users, checks)
            requests[number] = wrk.format("POST", "/api/v1/privacy/decisions", headers, body)
         end
      end
      return one_after_the_other(requests)
   end)
end

function one_after_the_other(requests)
   local position = 0
   return function()
      position = position % #requests + 1
      return requests[position]
   end
end

function question(users, number)
   local viewer = sending.draw(users)
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

function batch(users, count)
   local list = {}
   for number = 1, count do
      list[number] = string.format('{"viewer":"%s","subject":"%s","action":"%s"}', question(users, number))
   end
   return '{"checks":[' .. table.concat(list, ",") .. "]}"
end
