-- What the load scripts have in common: they put their requests together once, into the table that this answers, and
-- wrk sends one after the other. At the end one line for scripts/bench: RESULT requests microseconds p50 p99 errors

local requests, position = {}, 0

function request()
   position = position % #requests + 1
   return requests[position]
end

function done(summary, latency)
   local failed = summary.errors
   local errors = failed.connect + failed.read + failed.write + failed.status + failed.timeout
   io.write(string.format("RESULT %d %d %d %d %d\n", summary.requests, summary.duration,
      latency:percentile(50), latency:percentile(99), errors))
end

return requests
