#include "cli/child.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace cantus::cli {
namespace {

// After fork, in the child: only calls that are safe there.
[[noreturn]] void become(const std::vector<char*>& words, int output, pid_t supervisor, int report) {
  ::setpgid(0, 0);  // Ctrl-C at the terminal reaches the supervisor alone, which ends its children in their order
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != supervisor) {
    ::_exit(127);  // it died before we asked to be told
  }
  const int empty = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(empty, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execv(words[0], words.data());
  const int why = errno;
  (void)!::write(report, &why, sizeof(why));
  ::_exit(127);
}

}  // namespace

Result<pid_t> start_child(const std::vector<std::string>& words, const std::filesystem::path& output) {
  std::vector<char*> arguments;
  for (const std::string& word : words) {
    arguments.push_back(const_cast<char*>(word.c_str()));
  }
  arguments.push_back(nullptr);
  const auto failure = [&](int why) {
    return Error{ErrorCode::failed, "cannot start " + words[0] + ": " + std::strerror(why)};
  };
  const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  std::array<int, 2> report{};
  if (file < 0) {
    return failure(errno);
  }
  if (::pipe2(report.data(), O_CLOEXEC) != 0) {
    const int why = errno;
    ::close(file);
    return failure(why);
  }
  const pid_t supervisor = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) {
    become(arguments, file, supervisor, report[1]);
  }
  const int fork_error = errno;
  ::close(file);
  ::close(report[1]);
  int why = 0;
  const bool failed = pid > 0 && ::read(report[0], &why, sizeof(why)) == sizeof(why);
  ::close(report[0]);
  if (pid < 0) {
    return failure(fork_error);
  }
  if (failed) {
    ::waitpid(pid, nullptr, 0);
    return failure(why);
  }
  return pid;
}

std::filesystem::path program_folder() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
}

std::string describe_end(int status) {
  if (WIFSIGNALED(status)) {
    return "was killed by signal " + std::to_string(WTERMSIG(status)) + " (" + ::strsignal(WTERMSIG(status)) + ")";
  }
  return "ended with " + std::to_string(WEXITSTATUS(status));
}

bool died_of_itself(int status) {
  if (!WIFSIGNALED(status)) {
    return false;
  }
  const int signal = WTERMSIG(status);
  return signal == SIGSEGV || signal == SIGABRT || signal == SIGFPE || signal == SIGILL || signal == SIGBUS;
}

}  // namespace cantus::cli
