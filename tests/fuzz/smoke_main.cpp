// Plays a fuzzer without libFuzzer: every seed as it is, then mutations drawn from a number, so that the ordinary run
// exercises it with g++ and a failure comes back.
//
//   fuzz_smoke_NAME [--runs N] [--seed S] [--only K]     K: only the K-th mutation
//   fuzz_smoke_NAME FILE…                                inputs that a fuzzer has kept
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "tests/fuzz/fuzz.h"

namespace {

using Bytes = std::vector<std::byte>;

constexpr std::size_t input_bytes_max = 8192;

// Read by the signal handler.
char where[128] = "in a seed\n";

void say_where(int number) {
  const auto written = ::write(STDERR_FILENO, where, std::strlen(where));
  static_cast<void>(written);
  std::signal(number, SIG_DFL);
  std::raise(number);
}

class Mutator {
 public:
  Mutator(const std::vector<Bytes>& seeds, std::uint64_t seed) : seeds_(seeds), random_(seed) {}

  Bytes next() {
    Bytes input = seeds_.empty() || below(16) == 0 ? noise(below(256)) : seeds_[below(seeds_.size())];
    for (std::size_t count = below(6); count > 0; --count) {
      mutate(input);
    }
    return input;
  }

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }

  Bytes noise(std::size_t size) {
    Bytes bytes(size);
    for (std::byte& byte : bytes) {
      byte = static_cast<std::byte>(random_());
    }
    return bytes;
  }

  void mutate(Bytes& input) {
    if (input.empty()) {
      input = noise(1 + below(64));
      return;
    }
    const std::size_t at = below(input.size());
    const auto here = input.begin() + static_cast<std::ptrdiff_t>(at);
    switch (below(7)) {
      case 0:
        input[at] ^= std::byte{1} << below(8);
        break;
      case 1:
        input[at] = static_cast<std::byte>("\x00\x01\x7f\x80\xff\x30\x3d\x2e"[below(8)]);
        break;
      case 2:  // a number at its bounds
        for (std::size_t i = at, end = std::min(input.size(), at + 8); i < end; ++i) {
          input[i] = below(2) == 0 ? std::byte{0xff} : std::byte{0};
        }
        break;
      case 3:
        input.resize(at);
        break;
      case 4: {
        const Bytes extra = noise(1 + below(16));
        input.insert(here, extra.begin(), extra.end());
        break;
      }
      case 5: {  // the head of this and the tail of another
        if (!seeds_.empty()) {
          const Bytes& other = seeds_[below(seeds_.size())];
          const std::size_t from = below(other.size() + 1);
          input.resize(at);
          input.insert(input.end(), other.begin() + static_cast<std::ptrdiff_t>(from), other.end());
        }
        break;
      }
      default: {  // a part twice
        const Bytes part(here, input.end());
        input.insert(input.end(), part.begin(), part.end());
        break;
      }
    }
    if (input.size() > input_bytes_max) {
      input.resize(input_bytes_max);
    }
  }

  const std::vector<Bytes>& seeds_;
  std::mt19937_64 random_;
};

int play_file(const char* path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "cannot read %s\n", path);
    return 1;
  }
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  cantus::fuzz::play(std::as_bytes(std::span(text)));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t runs = 20'000;
  std::uint64_t seed = 1;
  std::uint64_t only = 0;
  bool files = false;
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    if (i + 1 < argc && (option == "--runs" || option == "--seed" || option == "--only")) {
      std::uint64_t& value = option == "--runs" ? runs : option == "--seed" ? seed : only;
      value = std::strtoull(argv[++i], nullptr, 10);
    } else if (play_file(argv[i]) == 0) {
      files = true;
    } else {
      return 2;
    }
  }
  if (files) {
    return 0;
  }
  std::signal(SIGABRT, say_where);
  std::signal(SIGSEGV, say_where);
  const std::vector<Bytes> seeds = cantus::fuzz::seeds();
  for (const Bytes& input : seeds) {
    cantus::fuzz::play(input);
  }
  Mutator mutator(seeds, seed);
  for (std::uint64_t run = 1; run <= runs; ++run) {
    const Bytes input = mutator.next();
    if (only != 0 && run != only) {
      continue;
    }
    std::snprintf(where, sizeof(where), "again with: --seed %llu --only %llu\n", static_cast<unsigned long long>(seed),
                  static_cast<unsigned long long>(run));
    cantus::fuzz::play(input);
  }
  std::printf("%zu seeds, %llu mutations\n", seeds.size(), static_cast<unsigned long long>(runs));
  return 0;
}
