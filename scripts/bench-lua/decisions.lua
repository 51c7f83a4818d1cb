-- Requests decisions about the users of scripts/load-users, as a service would:
--
--     wrk … -s decisions.lua URL -- threads=… users=… token=FILE checks=evaluation|COUNT|filter [catalogue=messenger]
--
-- evaluation  POST /access/v1/evaluation, one question
-- COUNT       POST /api/v1/privacy/decisions with so many checks
-- filter      POST /api/v1/privacy/filter with one subject and 10,000 viewers
--
-- Some users are requested much more often than others. Half of the questions are about contacts and followers. The
-- comments in sending.lua hold here, too.

local BODIES = 64

local CONTACTS_AND_FOLLOWERS = { "view_profile", "view_content", "add_to_group", "view_last_seen" }
local SETTINGS_ALONE = { "view_typing", "view_read_receipts", "send_email", "follow_without_approval" }
-- Actions of the catalogue `messenger`: four reciprocal ones, and four others.
local RECIPROCAL = { "view_online_status", "view_last_seen", "view_read_receipts", "view_typing" }
local ONE_WAY = { "send_message", "call", "view_stories", "view_content" }
-- A mutual contact who is followed; a contact of the viewer only; a user whom every tenth viewer blocks.
local DISTANCES = { 1, 2, 5 }

local first_actions, second_actions = CONTACTS_AND_FOLLOWERS, SETTINGS_ALONE

local sending = dofile("scripts/bench-lua/sending.lua")

function init(args)
   sending.send(args, function(options)
      local users, checks = options.users, options.checks
      if options.catalogue == "messenger" then
         first_actions, second_actions = RECIPROCAL, ONE_WAY
      end
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
      elseif checks == "filter" then
         for number = 1, 8 do
            requests[number] = wrk.format("POST", "/api/v1/privacy/filter", headers, filter(users))
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
   local actions = number % 2 == 0 and first_actions or second_actions
   return id(viewer), id(subject), actions[math.random(#actions)]
end

-- The ids of crates/privet/examples/load_users.rs. The arithmetic is exact, because no product here has more than 53
-- bits.
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

function filter(users)
   local list = {}
   for number = 1, 10000 do
      list[number] = '"' .. id(number % users) .. '"'
   end
   return string.format('{"action":"view_last_seen","subject":"%s","viewers":[%s]}', id(sending.draw(users)),
      table.concat(list, ","))
end
