#!/bin/bash
# Runs a private CUPS whose own 'mailto' notifier mails to a port of ours: a real printer to test with.
#
#   start-cups.sh SMTP_PORT [IPP_PORT]        0 or no IPP_PORT: a free one
#
# Needs root (cupsd starts its notifiers and backends as user lp) and cupsd, ipptool and the mailto notifier:
#   apt-get install --no-install-recommends cups-daemon cups-client cups-ipp-utils
#
# Once the scheduler answers Get-Printer-Attributes, or asks for a password first, stdout says, a line each:
#   PRINTER=ipp://...   a queue whose jobs complete at once
#   SLOW=ipp://...      a queue that prints each job for $SLOW_SECONDS
#   FAULTY=ipp://...    a queue whose device fails and which then stops
#   PORT=  PID=  DIRECTORY=  READY
# The script then stays until TERM, INT or HUP, and stops what it started, by process id. It ends with 1 when cupsd ends
# by itself, with 2 when cupsd cannot be started.
#
# Settings, as environment variables:
#   MAIL_FROM MAIL_SUBJECT MAIL_CC        lines of mailto.conf (From is printer@cups.test unless set)
#   LISTEN SMTP_HOST                      127.0.0.1
#   HOST_NAME                             run with this host name, in a UTS namespace of its own
#   DEFAULT_LANGUAGE                      en
#   LEASE_DEFAULT LEASE_MAX               seconds (86400; 0: no end)
#   EVENTS_MAX SUBSCRIPTIONS_MAX          100
#   SLOW_SECONDS                          5
#   LOG_LEVEL                             debug
#   LOCATION_LINES CUPSD_LINES FILES_LINES   more lines for <Location />, cupsd.conf and cups-files.conf
#   CUPS_TREE                             a directory of yours for everything, and kept (else one below /tmp, removed at the end)
#   KEEP=1                                do not remove that one either
#   CUPSD CUPS_PROGRAMS CUPS_DATA         /usr/sbin/cupsd /usr/lib/cups /usr/share/cups
set -u
export LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin

: "${CUPSD:=/usr/sbin/cupsd}" "${CUPS_PROGRAMS:=/usr/lib/cups}" "${CUPS_DATA:=/usr/share/cups}"
: "${LISTEN:=127.0.0.1}" "${SMTP_HOST:=127.0.0.1}" "${HOST_NAME:=}" "${DEFAULT_LANGUAGE:=en}" "${LOG_LEVEL:=debug}"
: "${MAIL_FROM:=printer@cups.test}" "${MAIL_SUBJECT:=}" "${MAIL_CC:=}"
: "${LEASE_DEFAULT:=86400}" "${LEASE_MAX:=0}" "${EVENTS_MAX:=100}" "${SUBSCRIPTIONS_MAX:=100}" "${SLOW_SECONDS:=5}"
: "${LOCATION_LINES:=}" "${CUPSD_LINES:=}" "${FILES_LINES:=}" "${CUPS_TREE:=}" "${KEEP:=}"

PATIENCE=30      # seconds until cupsd must answer; 0.2 are usual
ATTEMPTS=10      # ports to try when the free one was taken by somebody between asking and listening
cupsd_pid=
own_directory=
DIRECTORY=

fail() { echo "start-cups.sh: $*" >&2; exit 2; }

check_needs() {
  local wanted
  [ "$(id -u)" = 0 ] || fail "must run as root: cupsd starts its notifiers as another user"
  getent passwd lp >/dev/null || fail "there is no user lp"
  for wanted in "$CUPSD" "$CUPS_PROGRAMS/notifier/mailto" "$CUPS_DATA/mime/mime.types" "$(command -v ipptool || echo ipptool)"; do
    [ -e "$wanted" ] || fail "$wanted is missing: apt-get install cups-daemon cups-client cups-ipp-utils"
  done
}

# ---- the end: only what was started here, by process id

is_ours() { grep -qzxF "CUPS_SERVERROOT=$DIRECTORY/root" "/proc/$1/environ" 2>/dev/null; }

stop_cupsd() {
  [ -n "$cupsd_pid" ] || return 0
  local children child tries
  children=$(cat "/proc/$cupsd_pid/task/$cupsd_pid/children" 2>/dev/null)
  kill -TERM "$cupsd_pid" 2>/dev/null
  for ((tries = 0; tries < 100; tries++)); do
    kill -0 "$cupsd_pid" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL "$cupsd_pid" 2>/dev/null
  wait "$cupsd_pid" 2>/dev/null
  for child in $children; do       # a notifier that waits for a mail server outlives its scheduler
    is_ours "$child" && kill -TERM "$child" 2>/dev/null
  done
  cupsd_pid=
}

at_exit() {
  local status=$?
  trap '' TERM INT HUP
  trap - EXIT
  stop_cupsd
  [ -n "$own_directory" ] && [ -z "$KEEP" ] && rm -rf "$DIRECTORY"
  exit "$status"
}

# ---- the private tree

make_tree() {
  local root=$DIRECTORY/root bin=$DIRECTORY/bin part backend
  mkdir -p "$root"/{ppd,ssl} "$bin/backend" "$DIRECTORY"/{cache,state,spool,tmp,log,doc} || fail "cannot write $DIRECTORY"
  chmod 755 "$DIRECTORY" "$root" "$DIRECTORY/state"
  chmod 700 "$root/ssl"
  chgrp lp "$DIRECTORY"/{cache,state,spool,tmp}
  chmod 770 "$DIRECTORY/cache"
  chmod 710 "$DIRECTORY/spool"
  chmod 1770 "$DIRECTORY/tmp"
  for part in notifier daemon filter monitor driver cgi-bin; do     # the installed programs, by link
    [ -d "$CUPS_PROGRAMS/$part" ] && ln -sfn "$CUPS_PROGRAMS/$part" "$bin/$part"
  done
  for backend in "$CUPS_PROGRAMS"/backend/*; do
    [ -e "$backend" ] && ln -sfn "$backend" "$bin/backend/${backend##*/}"
  done
  cat >"$bin/backend/slow" <<'SH'
#!/bin/sh
# slow:/N takes N seconds, a page in each
[ $# -eq 0 ] && { echo 'direct slow "Unknown" "Slow device"'; exit 0; }
if [ $# -ge 6 ]; then cat "$6"; else cat; fi >/dev/null
page=0
while [ "$page" -lt "${DEVICE_URI#slow:/}" ]; do sleep 1; page=$((page + 1)); echo "PAGE: $page 1" >&2; done
SH
  cat >"$bin/backend/faulty" <<'SH'
#!/bin/sh
# faulty:/C ends with status C: 1 is a failed job, 4 stops the queue
[ $# -eq 0 ] && { echo 'direct faulty "Unknown" "Failing device"'; exit 0; }
if [ $# -ge 6 ]; then cat "$6"; else cat; fi >/dev/null
echo "ERROR: simulated device fault" >&2
exit "${DEVICE_URI#faulty:/}"
SH
  chmod 755 "$bin" "$bin/backend" "$bin/backend"/{slow,faulty}
}

queue() {     # NAME INFO DEVICE
  printf '<Printer %s>\nInfo %s\nLocation loopback\nMakeModel Local Raw Printer\nDeviceURI %s\n' "$1" "$2" "$3"
  printf 'State Idle\nAccepting Yes\nShared No\nJobSheets none none\nOpPolicy default\nErrorPolicy stop-printer\n</Printer>\n'
}

write_files() {
  local root=$DIRECTORY/root
  {
    echo "From $MAIL_FROM"
    [ -n "$MAIL_CC" ] && echo "Cc $MAIL_CC"
    [ -n "$MAIL_SUBJECT" ] && echo "Subject $MAIL_SUBJECT"
    echo "SMTPServer $SMTP_HOST:$SMTP_PORT"      # host:port works, though mailto.conf(5) does not say so
  } >"$root/mailto.conf"
  chmod 644 "$root/mailto.conf"
  cat >"$root/cups-files.conf" <<CONF
ServerRoot $root
ServerBin $DIRECTORY/bin
DataDir $CUPS_DATA
CacheDir $DIRECTORY/cache
StateDir $DIRECTORY/state
RequestRoot $DIRECTORY/spool
TempDir $DIRECTORY/tmp
DocumentRoot $DIRECTORY/doc
ServerKeychain $root/ssl
AccessLog $DIRECTORY/log/access_log
ErrorLog $DIRECTORY/log/error_log
PageLog $DIRECTORY/log/page_log
FileDevice Yes
User lp
Group lp
SystemGroup root
ConfigFilePerm 0644
LogFilePerm 0644
FatalErrors config listen
SyncOnClose No
$FILES_LINES
CONF
  : >"$root/snmp.conf"
  [ -e "$root/printers.conf" ] && return 0
  {
    queue testq "Test queue" file:/dev/null
    queue slowq "Slow queue" "slow:/$SLOW_SECONDS"
    queue faultq "Faulty queue" faulty:/4
  } >"$root/printers.conf"
  chmod 600 "$root/printers.conf"
}

write_cupsd_conf() {     # PORT
  cat >"$DIRECTORY/root/cupsd.conf" <<CONF
Listen $LISTEN:$1
ServerName $LISTEN
ServerAlias *
ServerAdmin root@localhost
LogLevel $LOG_LEVEL
LogTimeFormat usecs
MaxLogSize 0
AccessLogLevel all
PageLogFormat
Browsing Off
DefaultShared No
WebInterface No
HostNameLookups Off
DefaultAuthType None
DefaultLanguage $DEFAULT_LANGUAGE
DefaultLeaseDuration $LEASE_DEFAULT
MaxLeaseDuration $LEASE_MAX
MaxEvents $EVENTS_MAX
MaxSubscriptions $SUBSCRIPTIONS_MAX
DirtyCleanInterval 0
PreserveJobHistory Yes
PreserveJobFiles No
MaxJobs 500
<Location />
  Order allow,deny
  Allow all
$LOCATION_LINES
</Location>
<Policy default>
  JobPrivateAccess all
  JobPrivateValues none
  SubscriptionPrivateAccess all
  SubscriptionPrivateValues none
  <Limit All>
    Order deny,allow
  </Limit>
</Policy>
$CUPSD_LINES
CONF
  chmod 644 "$DIRECTORY/root/cupsd.conf"
}

# ---- the start

free_port() {
  python3 -c 'import socket, sys; s = socket.socket(); s.bind((sys.argv[1], 0)); print(s.getsockname()[1])' "$LISTEN"
}

answers() {     # PORT
  timeout -k 1 8 ipptool -q -T 5 "ipp://$LISTEN:$1/printers/testq" /dev/stdin >/dev/null 2>&1 <<'TEST'
{ OPERATION Get-Printer-Attributes
  GROUP operation-attributes-tag
  ATTR charset attributes-charset utf-8
  ATTR naturalLanguage attributes-natural-language en
  ATTR uri printer-uri $uri
  STATUS successful-ok }
TEST
}

asks_who() {     # PORT; whether it wants a password before it says anything, which answers as well
  local line=
  exec 3<>"/dev/tcp/$LISTEN/$1" || return 1
  printf 'GET /printers/testq HTTP/1.1\r\nHost: %s:%s\r\nConnection: close\r\n\r\n' "$LISTEN" "$1" >&3
  read -r -t 5 line <&3
  exec 3>&-
  [[ $line == HTTP/1.?\ 401* ]]
}

launch() {     # PORT; sets cupsd_pid
  local -a before=() files=(-c "$DIRECTORY/root/cupsd.conf" -s "$DIRECTORY/root/cups-files.conf")
  "$program" -t "${files[@]}" >"$DIRECTORY/log/check" 2>&1 || { cat "$DIRECTORY/log/check" >&2; fail "cupsd refuses its files"; }
  setpriv --pdeathsig TERM true 2>/dev/null && before=(setpriv --pdeathsig TERM)      # even kill -9 of this script ends cupsd
  [ -n "$HOST_NAME" ] && before+=(unshare --uts sh -c 'hostname "$0" && exec "$@"' "$HOST_NAME")
  # backends and notifiers must not inherit our stdout: who reads it would wait for them
  "${before[@]}" "$program" -f "${files[@]}" </dev/null >"$DIRECTORY/log/cupsd.out" 2>&1 &
  cupsd_pid=$!
}

await_ready() {     # PORT; 0 ready, 1 dead or late, 2 the port is somebody else's
  local until=$((SECONDS + PATIENCE))
  while [ "$SECONDS" -lt "$until" ] && kill -0 "$cupsd_pid" 2>/dev/null; do
    grep -qsE 'Unable to (open listen|bind) socket' "$DIRECTORY/log/error_log" && return 2
    if grep -qsF "Listening to $LISTEN:$1 " "$DIRECTORY/log/error_log"; then
      { answers "$1" || asks_who "$1"; } && kill -0 "$cupsd_pid" 2>/dev/null
      return
    fi
    sleep 0.05
  done
  return 1
}

[ $# -ge 1 ] || fail "usage: start-cups.sh SMTP_PORT [IPP_PORT]"
SMTP_PORT=$1
wanted_port=${2:-0}
case $SMTP_PORT$wanted_port in *[!0-9]*) fail "a port is a number" ;; esac
check_needs
if [ -n "$CUPS_TREE" ]; then
  mkdir -p "$CUPS_TREE" && DIRECTORY=$(realpath "$CUPS_TREE") || fail "cannot make $CUPS_TREE"
else
  DIRECTORY=$(mktemp -d /tmp/private-cups.XXXXXXXX) || fail "mktemp failed"
  own_directory=1
fi
trap at_exit EXIT
trap 'exit 0' TERM INT HUP
make_tree
write_files
program=$CUPSD
if grep -qs cupsd /sys/kernel/security/apparmor/profiles; then     # its profile knows /etc/cups only; a copy has none
  program=$DIRECTORY/cupsd
  cp "$CUPSD" "$program" && chmod 755 "$program"
fi

for ((attempt = 1; ; attempt++)); do
  port=$wanted_port
  [ "$port" = 0 ] && port=$(free_port)
  write_cupsd_conf "$port"
  launch "$port"
  await_ready "$port"
  case $? in
    0) break ;;
    2) [ "$wanted_port" = 0 ] && [ "$attempt" -lt "$ATTEMPTS" ] && { stop_cupsd; : >"$DIRECTORY/log/error_log"; continue; } ;;
  esac
  tail -n 20 "$DIRECTORY"/log/{error_log,cupsd.out} >&2
  fail "cupsd does not answer on $LISTEN:$port"
done

base=ipp://$LISTEN:$port/printers
printf '%s\n' "PRINTER=$base/testq" "SLOW=$base/slowq" "FAULTY=$base/faultq" "PORT=$port" "PID=$cupsd_pid" \
  "DIRECTORY=$DIRECTORY" READY
wait "$cupsd_pid"
status=$?
echo "start-cups.sh: cupsd (process $cupsd_pid) ended by itself with status $status" >&2
tail -n 20 "$DIRECTORY/log/error_log" >&2
cupsd_pid=
exit 1
