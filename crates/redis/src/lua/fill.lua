-- Replaces a claim with the row that its owner has read. Does nothing if the claim does not exist any more.
--
-- KEYS[1]: the key. ARGV: the claim, the row, its lifetime in milliseconds.
if redis.call('GET', KEYS[1]) == ARGV[1] then
   redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
