// The procedures "backup" and "restore" of docs/operations.md, with a venue under load: sealed segments are packed
// meanwhile, a bad one is named and mended, and what was restored goes on at everybody's numbers.
#include <fstream>

#include "tests/e2e/operator_keys.h"
#include "tests/e2e/proofs.h"
#include "tests/e2e/under_load.h"

namespace cantus::e2e {
namespace {

// Made before the venue, whose configuration names them.
struct WithOperators {
  [[nodiscard]] Json named() const {
    return Json{
        {"operators",
         {keys.make("olga", {"operations", "administrator"}), keys.make("carl", {"compliance", "administrator"})}}};
  }
  TestFolder keys_folder;
  OperatorKeys keys{keys_folder};
};

class Backups : private WithOperators, public LoadedVenue {
 protected:
  Backups() : LoadedVenue("two", 1 << 16, named()) {}

  [[nodiscard]] ProgramResult rotate_key(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"log", "rotate-key"});
    return keys.sign(venue_.data(), more, "olga", "carl");
  }
  [[nodiscard]] Proofs proofs() const { return {venue_.data(), folder_}; }
  // A head by this key counts; the last record of its segment.
  std::uint64_t wait_head_by(std::uint32_t key) {
    return venue_.wait_for<HeadSigned>([&](const HeadSigned& head, const auto&) { return head.key == key; }).last.get();
  }

  [[nodiscard]] std::string copy() const { return (folder_.path() / "copy").string(); }
  Json back_up() {
    const ProgramResult made = run_cantus({"backup", copy(), "--json", "--data", venue_.data().string()});
    EXPECT_EQ(made.exit_code, 0) << made.err;
    return made.exit_code == 0 ? Json::parse(made.out) : Json{{"through", 0}};
  }
  [[nodiscard]] std::vector<std::filesystem::path> packed() const {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(venue_.data() / "journal")) {
      if (entry.path().extension() == ".zst") {
        paths.push_back(entry.path());
      }
    }
    std::sort(paths.begin(), paths.end());
    return paths;
  }
  static ProgramResult verify(const std::filesystem::path& data) {
    return run_cantus({"log", "verify", "--data", data.string()});
  }
};

TEST_F(Backups, WhatWasBackedUpIsMendedFromAndRestored) {
  start_all();
  wait_trades(10);
  Json disk;
  venue_.wait_until([&] { return (disk = venue_.status().at("disk")).at("packed_segments") >= 2; });
  EXPECT_EQ(disk.at("bad_segments"), Json::array());
  EXPECT_GT(disk.at("free_bytes"), 0);

  // While it runs, and again: only what is new is copied.
  const Json first = back_up();
  EXPECT_EQ(verify(copy()).exit_code, 0);
  venue_.wait_until([&] { return venue_.status().at("synced") > first.at("through"); });
  const Json second = back_up();
  EXPECT_GT(second.at("through"), first.at("through"));
  EXPECT_LT(second.at("copied"), second.at("segments"));
  // The venue's own directory is no folder for one, whatever way leads there.
  const std::filesystem::path way = folder_.path() / "way";
  std::filesystem::create_directory_symlink(venue_.data(), way);
  for (const std::filesystem::path& own : {venue_.data(), way}) {
    const ProgramResult refused = run_cantus({"backup", own.string(), "--data", venue_.data().string()});
    EXPECT_EQ(refused.exit_code, 3) << refused.err;
    EXPECT_NE(refused.err.find("is the log itself"), std::string::npos) << refused.err;
  }

  // Heads are signed, by the key that operators name; each proof is by the key of its head.
  wait_signed(venue_, Seq(1));
  const std::string first_key = proofs().public_key(1);
  EXPECT_TRUE(proofs().is_proven(1, first_key));
  const ProgramResult rotated = rotate_key();
  EXPECT_EQ(rotated.exit_code, 0) << rotated.out << rotated.err;
  EXPECT_NE(rotated.out.find("heads are signed by key 2"), std::string::npos) << rotated.out;
  const std::uint64_t by_second = wait_head_by(2);
  const std::string second_key = proofs().public_key();
  EXPECT_TRUE(proofs().is_proven(by_second, second_key));
  EXPECT_FALSE(proofs().is_proven(by_second, first_key));
  EXPECT_TRUE(proofs().is_proven(1, first_key));

  // One bit of a sealed segment.
  const std::filesystem::path spoilt = packed().front();
  {
    std::fstream file(spoilt, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(1000);
    const char is = static_cast<char>(file.get() ^ 8);
    file.seekp(1000);
    file.put(is);
  }
  const ProgramResult bad = verify(venue_.data());
  EXPECT_EQ(bad.exit_code, 3);
  EXPECT_NE(bad.out.find(spoilt.filename().string() + " at offset 1000"), std::string::npos) << bad.out;
  const ProgramResult mended = run_cantus({"log", "mend", copy(), "--data", venue_.data().string()});
  EXPECT_EQ(mended.exit_code, 0) << mended.err;
  EXPECT_EQ(mended.out, "segment 1: a good copy is in its place\n");

  // The machine burns, after an orderly end; the copy goes on.
  EXPECT_EQ(venue_.stop(), 0);
  EXPECT_EQ(verify(venue_.data()).exit_code, 0);
  back_up();
  std::filesystem::remove_all(venue_.data());
  const ProgramResult restored = run_cantus({"restore", copy(), "--data", venue_.data().string()});
  ASSERT_EQ(restored.exit_code, 0) << restored.err;
  EXPECT_NE(run_cantus({"restore", copy(), "--data", venue_.data().string()}).exit_code, 0) << "a log is there";
  int trades = 0;
  venue_.start();
  venue_.for_each_record([&](const Event& event) { trades += event.is<Trade>() ? 1 : 0; });
  EXPECT_GE(trades, 15);
  wait_trades(trades + 10);

  // No backup has the secret key: nothing is signed until operators name another one.
  EXPECT_EQ(rotate_key().exit_code, 3);
  const ProgramResult lost = rotate_key({"--lost"});
  EXPECT_EQ(lost.exit_code, 0) << lost.out << lost.err;
  EXPECT_NE(lost.out.find("NOBODY vouches"), std::string::npos) << lost.out;
  const std::uint64_t by_third = wait_head_by(3);
  EXPECT_TRUE(proofs().is_proven(by_third, proofs().public_key()));
  EXPECT_EQ(verify(venue_.data()).exit_code, 0);
  settle();
  // Engines take a Logout for a complaint.
  campaign::Faults faults = campaign::reconcile(venue_, witnesses());
  std::erase_if(faults,
                [](const std::string& fault) { return fault.find("the venue is ending") != std::string::npos; });
  EXPECT_EQ(faults, campaign::Faults());
  EXPECT_EQ(venue_.stop(), 0);
  expect_replay_agrees();
}

// The disk goes while the venue runs, and with it every process.
TEST(ABackup, IsNoPlaceForAVenueAndIsRestoredWhereNoneIsLeft) {
  namespace fs = std::filesystem;
  const TestFolder folder;
  Venue venue(folder, configuration(make_ports()), "one");
  venue.start();
  const std::string copy = (folder.path() / "copy").string();
  const std::string data = venue.data().string();
  ASSERT_EQ(run_cantus({"backup", copy, "--data", data}).exit_code, 0);
  const std::string settings = venue.configuration_file().string();
  for (const std::vector<std::string>& start :
       {std::vector<std::string>{"up", "--config", settings, "--data", copy},
        std::vector<std::string>{"process", "--run", "sequencer", "--config", settings, "--data", copy}}) {
    const ProgramResult refused = run_cantus(start);
    EXPECT_NE(refused.exit_code, 0);
    EXPECT_NE(refused.err.find("cantus restore " + copy + " --data NEW"), std::string::npos) << refused.err;
  }
  EXPECT_FALSE(fs::exists(fs::path(copy) / "run")) << "nothing was made there";

  const std::string twin = (folder.path() / "twin").string();
  ASSERT_EQ(run_cantus({"restore", copy, "--data", twin}).exit_code, 0);
  const ProgramResult warned = run_cantus({"up", "--config", settings, "--data", twin});
  EXPECT_NE(warned.err.find("runs a venue with the same id"), std::string::npos) << warned.err;
  EXPECT_EQ(warned.exit_code, 4) << "on the same ports";

  venue.kill_all();
  fs::remove_all(data);
  const ProgramResult beside = run_cantus({"restore", copy, "--data", data});
  EXPECT_EQ(beside.exit_code, 3) << beside.err;
  EXPECT_NE(beside.err.find(venue.memory().string() + " still holds this log"), std::string::npos) << beside.err;
  EXPECT_FALSE(fs::exists(data));
  fs::remove_all(venue.memory());
  const ProgramResult restored = run_cantus({"restore", copy, "--data", data});
  ASSERT_EQ(restored.exit_code, 0) << restored.err;
  venue.read_anew();
  venue.start();
  EXPECT_EQ(venue.status().at("term"), 2);
  EXPECT_EQ(venue.stop(), 0);
}

}  // namespace
}  // namespace cantus::e2e
