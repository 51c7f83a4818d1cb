-- Adds a change to the fence of a key, and returns the fence's name. Creates the fence if there is none.
--
-- KEYS[1]: the key. ARGV: the name for a new fence (16 digits), its lifetime in milliseconds.
--
-- A fence is 'F', its name, ':', the number of changes in progress, ':', the number of all changes so far.
local kept = redis.call('GET', KEYS[1])
local name, changes, ever = ARGV[1], 0, 0
if kept and string.sub(kept, 1, 1) == 'F' then
   name, changes, ever = string.match(kept, '^F(%x+):(%d+):(%d+)$')
end
redis.call('SET', KEYS[1], 'F' .. name .. ':' .. (changes + 1) .. ':' .. (ever + 1), 'PX', ARGV[2])
return name
