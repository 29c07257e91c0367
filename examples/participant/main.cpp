// cantus-participant SETTINGS.json: plays the roles of the file until it is asked to stop (SIGTERM, SIGINT).
#include <csignal>
#include <cstdio>
#include <exception>

#include "examples/participant/settings.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "cantus-participant SETTINGS.json (examples/participant/settings.h says what is in it)\n");
    return 2;
  }
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before any thread begins: only sigwait gets them
  std::signal(SIGPIPE, SIG_IGN);
  try {
    cantus::participant::Cast cast(argv[1]);
    cast.start();
    int signal = 0;
    sigwait(&signals, &signal);
    cast.stop();
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "cantus-participant: %s: %s\n", argv[1], fault.what());
    return 1;
  }
  return 0;
}
