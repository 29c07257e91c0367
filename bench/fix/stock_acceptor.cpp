// The base line of the FIX benchmarks: a stock QuickFIX acceptor that answers each NewOrderSingle (D) with one
// ExecutionReport (8), as a team would write it in an afternoon: no book, no credit, no log. Its store is the one that
// is asked for. It ends when its standard input does.
//
//   cantus-bench-acceptor PORT memory|file DIRECTORY
#include <cstdio>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>

#include "examples/participant/quickfix.h"

namespace {

class Acceptor final : public FIX::NullApplication {
 public:
  void fromApp(const FIX::Message& order, const FIX::SessionID& session) override {
    FIX::Message report;
    report.getHeader().setField(FIX::MsgType("8"));
    const std::string number = std::to_string(++count_);
    copy(order, report, 11);
    copy(order, report, 38);
    copy(order, report, 40);
    copy(order, report, 44);
    copy(order, report, 54);
    copy(order, report, 55);
    copy(order, report, 59);
    report.setField(FIX::OrderID(number));
    report.setField(FIX::ExecID(number));
    report.setField(FIX::ExecType('0'));
    report.setField(FIX::OrdStatus('0'));
    report.setField(FIX::StringField(151, order.getField(38)));
    report.setField(FIX::StringField(14, "0"));
    report.setField(FIX::StringField(6, "0"));
    report.setField(FIX::TransactTime());
    FIX::Session::sendToTarget(report, session);
  }

 private:
  static void copy(const FIX::Message& from, FIX::Message& to, int tag) { to.setField(tag, from.getField(tag)); }

  std::uint64_t count_ = 0;
};

std::string settings_text(const std::string& port, const std::string& directory) {
  return "[DEFAULT]\nConnectionType=acceptor\nStartTime=00:00:00\nEndTime=00:00:00\nUseDataDictionary=N\n"
         "SocketNodelay=Y\nSocketReuseAddress=Y\nResetOnLogon=Y\nFileStorePath=" +
         directory + "\nSocketAcceptPort=" + port +
         "\n[SESSION]\nBeginString=FIX.4.4\nSenderCompID=BENCH\nTargetCompID=LOAD\n";
}

}  // namespace

int main(int count, char** words) {
  if (count != 4) {
    std::fprintf(stderr, "use: cantus-bench-acceptor PORT memory|file DIRECTORY\n");
    return 2;
  }
  try {
    std::istringstream text(settings_text(words[1], words[3]));
    FIX::SessionSettings settings(text);
    std::unique_ptr<FIX::MessageStoreFactory> store;
    if (std::string(words[2]) == "file") {
      store = std::make_unique<FIX::FileStoreFactory>(settings);
    } else {
      store = std::make_unique<FIX::MemoryStoreFactory>();
    }
    Acceptor application;
    FIX::SocketAcceptor acceptor(application, *store, settings);
    acceptor.start();
    std::puts("listening");
    std::fflush(stdout);
    while (std::cin.get() != std::char_traits<char>::eof()) {
    }
    acceptor.stop(true);
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "cantus-bench-acceptor: %s\n", fault.what());
    return 1;
  }
  return 0;
}
