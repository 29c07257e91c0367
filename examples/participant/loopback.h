// QuickFIX's acceptors listen on every address of the host; there is no setting for it. What a participant accepts is
// meant for this host alone: while this object lives, sockets that the same thread binds to every address are bound to
// loopback instead.
#pragma once

namespace cantus::participant {

class LoopbackOnly {
 public:
  LoopbackOnly();
  ~LoopbackOnly();
  LoopbackOnly(const LoopbackOnly&) = delete;
  LoopbackOnly& operator=(const LoopbackOnly&) = delete;
};

}  // namespace cantus::participant
