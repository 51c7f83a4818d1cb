-- Common code of the load scripts. A script calls `send(args, prepare)` in its init: `prepare(options)` builds the
-- requests before the measurement begins, and returns a function that returns the next request.
--
-- Arguments of all scripts are NAME=VALUE:
--
-- threads  wrk's
-- users    how many there are
-- rate     requests a second, of all threads together; without it each connection sends as soon as it has its answer
--
-- At the end one line for scripts/bench: RESULT requests microseconds p50 p99 p99.9 errors late
--
-- late  with a rate: how many requests were sent more than a millisecond after their time, because every connection
--       still waited for an answer

local ffi = require("ffi")
ffi.cdef [[
   typedef struct { long seconds, nanoseconds; } moment;
   int clock_gettime(int clock, moment *now);
   int usleep(unsigned microseconds);
]]

local sending = {}

-- ---- in wrk's main thread ----------------------------------------------------------------------------------------

local threads = {}
-- The number of prepared threads. It is the only memory that the threads share.
local prepared = ffi.new("int[1]")

function setup(thread)
   thread:set("share", #threads)
   thread:set("prepared_address", tonumber(ffi.cast("intptr_t", prepared)))
   threads[#threads + 1] = thread
end

-- The sum of a global number over all threads.
function sending.total(name)
   local sum = 0
   for _, thread in ipairs(threads) do sum = sum + (thread:get(name) or 0) end
   return sum
end

function sending.each_thread(name)
   local values = {}
   for place, thread in ipairs(threads) do values[place] = thread:get(name) end
   return values
end

function done(summary, latency)
   local failed = summary.errors
   local errors = failed.connect + failed.read + failed.write + failed.status + failed.timeout
   io.write(string.format("RESULT %d %d %d %d %d %d %d\n", summary.requests, summary.duration,
      latency:percentile(50), latency:percentile(99), latency:percentile(99.9), errors, sending.total("late")))
   if sending.at_end then sending.at_end() end
end

-- ---- in the threads that send ------------------------------------------------------------------------------------

-- Scatters users with close numbers, so that they are not requested equally often. A prime, so that every user is
-- reached.
local STEP = 7919

-- The number of a user. Some are drawn much more often than others (Zipf's law: the second half as often as the first,
-- the third a third as often, …). scripts/bench-sql draws them in the same way.
function sending.draw(users)
   return (math.floor(users ^ math.random()) * STEP) % users
end

-- wrk starts each thread while the next one is still being prepared. No thread sends before all are ready: its requests
-- would be counted, but not the time.
local function wait_for(count)
   local prepared = ffi.cast("int *", prepared_address)
   while prepared[0] < count do ffi.C.usleep(1000) end
end

local function milliseconds()
   local now = ffi.new("moment")
   ffi.C.clock_gettime(1, now)
   return tonumber(now.seconds) * 1e3 + tonumber(now.nanoseconds) / 1e6
end

-- Schedules each request at a fixed time, whether or not earlier ones have been answered. A connection takes the next
-- one when it is free. wrk counts in whole milliseconds: the average is exact, and each request may be half a
-- millisecond early or late.
local function pace(rate, start)
   local interval, due = 1000 / rate, nil
   function delay()
      if not due then
         start()
         due = milliseconds()
      end
      due = due + interval
      local wait = due - milliseconds()
      if wait < -1 then late = late + 1 end
      return math.max(0, math.floor(wait + 0.5))
   end
end

function sending.send(args, prepare)
   local options = {}
   for _, argument in ipairs(args) do
      local name, value = argument:match("^(%w+)=(.*)$")
      options[name] = tonumber(value) or value
   end
   math.randomseed(share + 1)
   late = 0
   local next_request = prepare(options)
   local count = ffi.cast("int *", prepared_address)
   count[0] = count[0] + 1
   local function start() wait_for(options.threads) end
   -- wrk first calls it to inspect a request, before there are other threads.
   function request()
      request = function()
         start()
         request = next_request
         return next_request()
      end
      return next_request()
   end
   if options.rate then pace(options.rate / options.threads, start) end
end

return sending
