// QuickFIX's own initiator, for tests that play a stock client; see fix/quickfix.h for the fence around its headers.
#pragma once

#include "fix/quickfix.h"

#define throw(...)
#include <quickfix/SessionSettings.h>
#include <quickfix/SocketInitiator.h>
#undef throw
