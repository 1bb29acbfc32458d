# Whether the process of this container answers. By bash alone: to start Node would cost more than all answers.
# usage: bash healthcheck.sh, with PORT in the environment
exec 3<>"/dev/tcp/127.0.0.1/$PORT" || exit 1
printf 'GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
read -r -t 2 _ status _ <&3
[ "$status" = 200 ]
