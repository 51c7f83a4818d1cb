-- Ends one change of a fence.
--
-- KEYS[1]: the key. ARGV: the fence's name, the changed row or '', the row's lifetime in milliseconds.
--
-- A row begins with 'V' and its revision in 16 digits, so that revisions can be compared as texts.
local kept = redis.call('GET', KEYS[1])
if not kept then return end
local kind, row = string.sub(kept, 1, 1), ARGV[2]
if kind ~= 'F' then
   -- The fence has expired. A claim may belong to a reader that read the row before the change.
   local is_newer = kind == 'V' and row ~= '' and string.sub(kept, 2, 17) >= string.sub(row, 2, 17)
   if not is_newer then redis.call('DEL', KEYS[1]) end
   return
end
local name, changes, ever = string.match(kept, '^F(%x+):(%d+):(%d+)$')
if name ~= ARGV[1] then
   -- The fence is another one: it was created after the fence of this change had expired, or this change had no fence.
   -- The rows of its changes may be older than the row of this change.
   redis.call('SET', KEYS[1], 'F' .. name .. ':' .. changes .. ':' .. (ever + 1), 'KEEPTTL')
elseif changes ~= '1' then
   redis.call('SET', KEYS[1], 'F' .. name .. ':' .. (changes - 1) .. ':' .. ever, 'KEEPTTL')
elseif ever == '1' and row ~= '' then
   redis.call('SET', KEYS[1], row, 'PX', ARGV[3])
else
   redis.call('DEL', KEYS[1])
end
