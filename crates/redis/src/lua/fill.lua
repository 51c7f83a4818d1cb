-- Puts a row in place of the claim of whoever read it, and nowhere else.
-- KEYS[1] the place; ARGV: the claim, the row, its lifetime in milliseconds
if redis.call('GET', KEYS[1]) == ARGV[1] then
   redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
