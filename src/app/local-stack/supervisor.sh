# Runs "$@" and ends it when standard input closes: that happens when the service stops it, and also when the
# service dies in whatever way, since the other end of the pipe dies with it.
exec 3<&0 0</dev/null
"$@" 3<&- &
store=$!
(
  read -r _ <&3
  kill -TERM "$store" 2>/dev/null
  waited=0
  while kill -0 "$store" 2>/dev/null && [ "$waited" -lt 10 ]; do
    sleep 1
    waited=$((waited + 1))
  done
  kill -KILL "$store" 2>/dev/null
) >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait "$store"
code=$?
kill "$watcher" 2>/dev/null
exit "$code"
