-- Fences a place off for one change more, and answers the fence's name.
-- KEYS[1] the place; ARGV: a name for a new fence (16 digits), its lifetime in milliseconds
--
-- A fence is 'F', its name, ':', how many changes are under way behind it, ':', how many ever were.
local kept = redis.call('GET', KEYS[1])
local name, changes, ever = ARGV[1], 0, 0
if kept and string.sub(kept, 1, 1) == 'F' then
   name, changes, ever = string.match(kept, '^F(%x+):(%d+):(%d+)$')
end
redis.call('SET', KEYS[1], 'F' .. name .. ':' .. (changes + 1) .. ':' .. (ever + 1), 'PX', ARGV[2])
return name
