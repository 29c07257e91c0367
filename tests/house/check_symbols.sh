#!/usr/bin/env bash
# A pure library needs nothing of the system that could make two replicas differ.
#   check_symbols.sh NAME=ARCHIVE…
source "$(dirname "$0")/common.sh"

# Demangled names without arguments, whole. fprintf, fflush and stderr are for a broken invariant, in base alone.
forbidden='clock|clock_gettime|gettimeofday|time|ftime|localtime(_r)?|gmtime(_r)?|mktime|strftime|nanosleep|usleep|sleep'
forbidden+='|getrandom|getentropy|rand|rand_r|srand|random|srandom|drand48|arc4random'
forbidden+='|pthread_.*|thrd_.*|fork|vfork|exec.*|system|popen|kill|raise|signal|sigaction|syscall'
forbidden+='|open(64)?|openat(64)?|creat(64)?|close|read|pread(64)?|write|pwrite(64)?|mmap(64)?|munmap|ioctl|fcntl(64)?|poll|epoll_.*'
forbidden+='|fopen(64)?|freopen|fdopen|fread|fwrite|fclose|fputs|puts|putchar|printf|vprintf|perror|fscanf|scanf|fgets|remove|rename|unlink'
forbidden+='|socket|connect|accept4?|bind|listen|send|sendto|sendmsg|recv|recvfrom|recvmsg|getaddrinfo|gethostname'
forbidden+='|getenv|secure_getenv|setenv|putenv|getpid|getppid|gettid|getuid|sysconf|uname'
forbidden+='|setlocale|newlocale|uselocale|localeconv|strcoll|strxfrm|toupper|tolower|isalpha|isdigit|isspace|isprint'
forbidden+='|sprintf|snprintf|vsnprintf|sscanf|__(f|s|sn|v|vs|vsn|vf)?printf_chk|strto(d|f|ld|l|ll|ul|ull)|ato(f|i|l|ll)'
forbidden+='|qsort|errno|__errno_location'
forbidden+='|std::chrono::.*|std::thread::.*|std::this_thread::.*|std::mutex::.*|std::condition_variable::.*|std::random_device::.*'
forbidden+='|std::locale::.*|std::c(out|err|log|in)|std::ios_base::.*|std::basic_(i|o|io)?(f|string)?stream<.*|std::filesystem::.*'
forbidden+='|std::sto[a-z]+'
base_only='fprintf|__fprintf_chk|fflush|stderr|abort'

for entry in "$@"; do
  name=${entry%%=*}
  banned="^($forbidden)\$"
  if [[ $name != base ]]; then
    banned="^($forbidden|$base_only)\$"
  fi
  while IFS= read -r symbol; do
    fault "$name needs $symbol"
  done < <(nm -C -u -A "${entry#*=}" | sed -n 's/^[^:]*:\([^:]*\):  *[Uwv] \(.*\)$/\2 (\1)/p' |
    awk -v banned="$banned" '
      {
        name = $0
        sub(/ \([^()]*\)$/, "", name)
        sub(/@.*/, "", name)
        sub(/\(.*/, "", name)
        if (name ~ banned) print
      }' | sort -u)
done
finish
