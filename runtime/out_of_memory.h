// What a process does where an allocation fails. That is the host's fault and not that of the record in hand, so it
// must not look like a machine that died of the record: an exit code of its own tells the two apart. But no host has
// what an absurd allocation asks for: who asks for more at once than the machine's whole memory computed nonsense.
#pragma once

namespace cantus::runtime {

// From now on an allocation that fails ends the process with `exit_code`, after a line on stderr, instead of throwing;
// one that alone is larger than the machine's memory ends it by SIGABRT, as a broken invariant (under a sanitizer,
// whose allocator is its own, like any other). Nothing is unwound: every other part of the process ends as by kill -9,
// which all of them bear. To be called once, before other threads are there.
void end_out_of_memory(int exit_code);

}  // namespace cantus::runtime
