-- One account: reserve from it, or settle a reservation. The arithmetic is that
-- of account.go.
--
-- KEYS[1]  the account, a hash: v (its policy), l (level), b (before), a (at),
--          and for each reservation that is not settled h<id> = cost:until:window
-- ARGV     what ("reserve" or "settle"), algorithm, capacity, rate,
--          id, cost (points), hold (microseconds; of "reserve"), leave (points)
-- Result   {allowed (0 or 1), remaining, retry after, reset after}, times in
--          microseconds; of "settle" an empty list

local MICRO = 1000000
local GRACE = 600 * MICRO
local MAX_HOLDS = 256

local key, what, algorithm = KEYS[1], ARGV[1], ARGV[2]
local capacity, rate = tonumber(ARGV[3]), tonumber(ARGV[4])
local id, points = ARGV[5], tonumber(ARGV[6])
local limit = capacity * MICRO
local window = math.floor(capacity * MICRO / rate)
local bucket = algorithm == 'token-bucket'
local version = algorithm .. ':' .. ARGV[3] .. ':' .. ARGV[4]

local time = redis.call('TIME')
local now = tonumber(time[1]) * MICRO + tonumber(time[2])

local function text(n) return string.format('%.0f', n) end

-- Read.
local fields = redis.call('HGETALL', key)
local account, holds = {}, {}
for i = 1, #fields, 2 do
	local name, value = fields[i], fields[i + 1]
	if name:sub(1, 1) == 'h' then
		local cost, expires, made = value:match('^(%d+):(%d+):(%d+)$')
		if cost then
			holds[#holds + 1] = {id = name:sub(2), cost = tonumber(cost), expires = tonumber(expires), window = tonumber(made), kept = value}
		end
	else
		account[name] = value
	end
end
local fresh = account.v ~= version
local level, before, at
if fresh then
	if what == 'settle' then return {} end
	holds = {}
	before, at = 0, now
	if bucket then level = limit else level, at = 0, now - now % window end
else
	level, before, at = tonumber(account.l), tonumber(account.b), tonumber(account.a)
end

local function credit(hold, units)
	if bucket then
		level = math.min(limit, level + units)
	elseif hold.window == at then
		level = math.max(0, level - units)
	elseif hold.window == at - window then
		before = math.max(0, before - units)
	end
end

-- Let the time pass.
if bucket then
	local elapsed = math.min(math.max(now - at, 0), 2 * window + 1)
	level = math.min(limit, level + elapsed * rate)
	at = math.max(now, at)
else
	local start = now - now % window
	if start > at then
		if start - at == window then before = level else before = 0 end
		level, at = 0, start
	end
end
local gone, open = {}, {}
for _, hold in ipairs(holds) do
	if hold.expires <= now then
		credit(hold, hold.cost)
		hold.cost = 0
	end
	if hold.expires + GRACE > now then open[#open + 1] = hold else gone[#gone + 1] = 'h' .. hold.id end
end

local function left()
	if algorithm == 'fixed-window' then return limit - level end
	if algorithm == 'sliding-window' then
		return limit - level - math.floor(before * ((window - (now - at)) / window))
	end
	return level
end

local function fade(free, used)
	if used <= free then return 0 end
	return math.ceil(window * (1 - free / used)) + 1
end

local function wait(units)
	if algorithm == 'fixed-window' then return at + window - now end
	if algorithm == 'sliding-window' and units <= limit then
		local free = limit - level - units
		if free >= 0 and before > 0 then return at + fade(free, before) - now end
		return at + window + fade(limit - units, level) - now
	end
	return math.ceil((units - level) / rate)
end

local function reset()
	local rest = at + window - now
	if bucket then return math.ceil((limit - level) / rate) end
	if level > 0 and algorithm == 'sliding-window' then return rest + window end
	if level > 0 or (before > 0 and algorithm == 'sliding-window') then return rest end
	return 0
end

-- Reserve or settle.
local cost, allowed, retry = points * MICRO, 1, 0
if what == 'settle' then
	local found
	for i, hold in ipairs(open) do
		if hold.id == id then
			credit(hold, hold.cost - cost)
			gone[#gone + 1] = 'h' .. id
			table.remove(open, i)
			found = true
			break
		end
	end
	if not found then return {} end
elseif cost > 0 and cost + tonumber(ARGV[8]) * MICRO > left() then
	allowed, retry = 0, math.max(0, wait(cost + tonumber(ARGV[8]) * MICRO))
elseif cost > 0 then
	if bucket then level = level - cost else level = level + cost end
	if #open >= MAX_HOLDS then
		local oldest = 1
		for i, hold in ipairs(open) do
			if hold.expires < open[oldest].expires then oldest = i end
		end
		gone[#gone + 1] = 'h' .. open[oldest].id
		table.remove(open, oldest)
	end
	open[#open + 1] = {id = id, cost = cost, expires = now + tonumber(ARGV[7]), window = at}
end
local result = {allowed, math.floor(left() / MICRO), retry, math.max(0, reset())}
if what == 'reserve' and points == 0 and (fresh or allowed == 0) then return result end

-- Write. The key goes when the account is full and nothing can be settled.
if fresh then redis.call('DEL', key) elseif #gone > 0 then redis.call('HDEL', key, unpack(gone)) end
local values = {'v', version, 'l', text(level), 'b', text(before), 'a', text(at)}
local last = now + result[4]
for _, hold in ipairs(open) do
	local value = text(hold.cost) .. ':' .. text(hold.expires) .. ':' .. text(hold.window)
	if value ~= hold.kept then
		values[#values + 1] = 'h' .. hold.id
		values[#values + 1] = value
	end
	last = math.max(last, hold.expires + GRACE)
end
redis.call('HSET', key, unpack(values))
redis.call('PEXPIREAT', key, math.ceil(last / 1000) + 1000)
if what == 'settle' then return {} end
return result
