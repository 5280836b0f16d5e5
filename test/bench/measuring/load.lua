-- Arguments: routes, name of the resource, consumers (0: no key), bytes of the body (0: GET).
function init(args)
  local routes, resource, consumers, bytes = tonumber(args[1]), args[2], tonumber(args[3]), tonumber(args[4])
  wrk.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64)"
  wrk.headers["Accept"] = "application/json, text/plain, */*"
  wrk.headers["Accept-Encoding"] = "identity"
  wrk.headers["Accept-Language"] = "en-GB,en;q=0.9"
  wrk.headers["Cookie"] = "session=0123456789abcdef; theme=dark"
  -- With Host there are seven fields; the key takes the place of this one.
  if consumers == 0 then wrk.headers["X-Client"] = "bench" end
  local body = nil
  if bytes > 0 then
    wrk.method = "POST"
    wrk.headers["Content-Type"] = "application/octet-stream"
    body = string.rep("x", bytes)
  end
  -- LuaJIT hashes a few bytes of a long string only: many that are alike take it quadratic time to make.
  local made = {}
  local count = math.min(math.max(routes, consumers), 5000)
  for number = 0, count - 1 do
    if consumers > 0 then wrk.headers["apikey"] = string.format("bench-key-%06d", math.floor(number * consumers / count)) end
    made[number] = wrk.format(nil, string.format("/r%05d/%s", math.floor(number * routes / count), resource), nil, body)
  end
  wrk.headers["apikey"] = nil
  if count == 1 then
    wrk.path = string.format("/r%05d/%s", 0, resource)
    wrk.body = body
    return
  end
  -- A prime step visits all of them, and neighbours are not asked one after the other.
  local next = 0
  function request()
    next = (next + 7919) % count
    return made[next]
  end
end

function done(summary, latency)
  local errors = summary.errors
  print(string.format("RESULT %d %d %d %d %d", summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout, latency:percentile(99)))
end
