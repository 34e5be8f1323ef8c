// SPDX-License-Identifier: Apache-2.0
// Who is yet to be told of a renewed certificate.
#include <pki/authority/follow_up.hpp>
#include <pki/authority/ledger.hpp>
#include <tests/unit/pki/authority/authority_fixture.hpp>

#include <gmock/gmock.h>

namespace heliograph::pki {
namespace {

using testing::ElementsAre;

class FollowUpTest : public AuthorityFixture {
  protected:
    static std::string serial_in(const fs::path& place) {
        return sure(Credential::load_bundle(place / "bundle.pem")).leaf.serial_hex();
    }
    inline static const RenewRequest announced{
        .name = "localhost", .follow_up = FollowUp::announced};
};

TEST_F(FollowUpTest, IsRememberedUntilItIsSettled) {
    {
        Authority authority = create();
        static_cast<void>(sure(authority.issue(server())));
        static_cast<void>(sure(authority.renew({.name = "localhost"})));
        EXPECT_TRUE(sure(FollowUps(authority).pending()).empty()) << "nobody asked for it";
        static_cast<void>(sure(authority.renew(announced)));
        static_cast<void>(sure(authority.renew(announced)));
    }
    Authority authority = sure(Authority::open(folder(), m_clock));
    FollowUps follow_ups(authority);
    const auto pending = sure(follow_ups.pending());
    ASSERT_EQ(pending.size(), 1U) << "the newest alone";
    EXPECT_EQ(pending.front().entry.serial_hex, serial_in(pending.front().folder));
    EXPECT_EQ(follow_ups.settle("00").error().code(), ErrorCode::not_found);
    ASSERT_TRUE(follow_ups.settle(pending.front().entry.serial_hex).has_value());
    EXPECT_TRUE(sure(follow_ups.pending()).empty());
}

TEST_F(FollowUpTest, ThatCameAfterTheOneThatWasToldIsNotSettledWithIt) {
    Authority authority = create();
    static_cast<void>(sure(authority.issue(server())));
    const std::string told = sure(authority.renew(announced)).certificate.serial_hex();
    const std::string newer = sure(authority.renew(announced)).certificate.serial_hex();
    FollowUps follow_ups(authority);
    ASSERT_TRUE(follow_ups.settle(told).has_value());
    const auto pending = sure(follow_ups.pending());
    ASSERT_EQ(pending.size(), 1U) << "whoever was told of the first knows nothing of the second";
    EXPECT_EQ(pending.front().entry.serial_hex, newer);
    ASSERT_TRUE(follow_ups.settle(newer).has_value());
    EXPECT_TRUE(sure(follow_ups.pending()).empty());
}

TEST_F(FollowUpTest, WaitsUntilTheFilesAreInTheirPlace) {
    const fs::path disk = m_temp / "disk";
    const fs::path place = disk / "elsewhere";
    fs::create_directory(disk);
    std::string first;
    std::string second;
    {
        Authority authority = create();
        IssueRequest wanted = server();
        wanted.folder = place;
        first = sure(authority.issue(wanted)).certificate.serial_hex();
        second = sure(authority.renew(announced)).certificate.serial_hex();
    }
    // As a kill leaves it, behind the row and before the files; and the disk is away then.
    fs::rename(place, disk / ".elsewhere.renewed.tmp");
    fs::rename(folder() / "retired" / first, place);
    ASSERT_TRUE(succeeded(sure(Ledger::open(folder() / "ledger.db", OpenMode::existing))
                              .add_staging_folder(place.string())));
    const auto pending_serials = [this, &place] {
        Authority authority = reopened();
        std::vector<std::string> serials;
        for (const auto& one : sure(FollowUps(authority).pending())) {
            const bool is_in_place = one.files == UntoldRenewal::Files::in_place;
            EXPECT_EQ(one.folder, place);
            serials.push_back((is_in_place ? "" : "not there: ") + one.entry.serial_hex);
        }
        return serials;
    };
    fs::rename(disk, m_temp / "away");
    EXPECT_THAT(pending_serials(), ElementsAre("not there: " + second));
    fs::rename(m_temp / "away", disk);
    EXPECT_THAT(pending_serials(), ElementsAre(second));
    // Files of a successor that was not announced are news to the same users.
    {
        Authority authority = reopened();
        static_cast<void>(sure(authority.renew({.name = "localhost"})));
    }
    EXPECT_THAT(pending_serials(), ElementsAre(second));
    fs::rename(disk, m_temp / "away");
    m_clock.advance(days(100));
    EXPECT_THAT(pending_serials(), ElementsAre()) << "nobody is to be told of what is over";
}

}  // namespace
}  // namespace heliograph::pki
