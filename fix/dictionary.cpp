#include "fix/dictionary.h"

#include <sstream>

#include "fix-specs/dictionary.h"
#include "fix/quickfix.h"

namespace cantus::fix {

namespace {

constexpr int last_tag_of_fix44 = 956;

std::unique_ptr<FIX::DataDictionary> load() {
  std::istringstream xml{std::string(fix_specs::fix44_xml())};
  auto dictionary = std::make_unique<FIX::DataDictionary>(xml);
  // Tags of FIX 4.4 that we do not use are defined all the same: such a tag is "not defined for this message type",
  // not "invalid".
  for (int tag = 1; tag <= last_tag_of_fix44; ++tag) {
    if (!dictionary->isField(tag)) {
      dictionary->addField(tag);
    }
  }
  // QuickFIX does not take "required" of header fields from the XML.
  for (const int tag : {FIX::FIELD::MsgSeqNum, FIX::FIELD::SenderCompID, FIX::FIELD::TargetCompID,
                        FIX::FIELD::SendingTime, FIX::FIELD::MsgType}) {
    dictionary->addHeaderField(tag, true);
  }
  dictionary->addMsgType(std::string(unsupported_type));
  dictionary->addMsgField(std::string(unsupported_type), FIX::FIELD::RefMsgType);
  dictionary->checkUserDefinedFields(false);  // fields above 5000 are the peers' own affair
  return dictionary;
}

struct Loaded {
  Loaded() {
    std::unique_ptr<FIX::DataDictionary> loaded = load();
    dictionary = loaded.get();
    provider.addTransportDataDictionary(FIX::BeginString(std::string(supported_begin_string)),
                                        ptr::shared_ptr<FIX::DataDictionary>(loaded.release()));
  }
  FIX::DataDictionaryProvider provider;
  const FIX::DataDictionary* dictionary = nullptr;
};

const Loaded& loaded() {
  static const Loaded instance;
  return instance;
}

}  // namespace

const FIX::DataDictionaryProvider& dictionaries() { return loaded().provider; }
const FIX::DataDictionary& dictionary() { return *loaded().dictionary; }

bool is_application_type(std::string_view msg_type) {
  constexpr std::string_view single = "6789BCDEFGHJKLMNPQRSTVWXYZabcdefghijklmnopqrstuvwxyz";
  if (msg_type.size() == 1) {
    return single.find(msg_type[0]) != std::string_view::npos;
  }
  if (msg_type.size() != 2) {
    return false;
  }
  const char last = msg_type[0] == 'A' ? 'Z' : 'H';
  return (msg_type[0] == 'A' || msg_type[0] == 'B') && msg_type[1] >= 'A' && msg_type[1] <= last;
}

}  // namespace cantus::fix
