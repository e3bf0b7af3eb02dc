// Promise: a session's token is its key's own, and nobody but this server makes one.
#include "identity/session.h"

#include <gtest/gtest.h>

#include <set>

namespace hearth::identity {
namespace {

Sessions sessions_of(char server_key) {
  return {std::string(32, server_key), system_random()};
}

const Session kSession{.account = "123456789012",
                       .principal_id = "AROA1",
                       .name = "s",
                       .issued = TimePoint(std::chrono::seconds(1)),
                       .expires = TimePoint(std::chrono::seconds(2)),
                       .tags = {{"team", "red"}},
                       .policy = "{}"};

TEST(Sessions, AreWhatTheyWereIssuedAs) {
  const Sessions sessions = sessions_of('k');
  const auto made = sessions.issue(kSession);
  const auto opened = sessions.open(made.access_key_id, made.session_token);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->principal_id, "AROA1");
  EXPECT_EQ(opened->expires, kSession.expires);
  EXPECT_EQ(opened->tags, kSession.tags);
  EXPECT_EQ(opened->policy, kSession.policy);
  EXPECT_EQ(made.expires, kSession.expires);
}

TEST(Sessions, ATokenOpensForItsKeyOnThisServerOnly) {
  const Sessions sessions = sessions_of('k');
  const auto made = sessions.issue(kSession), other = sessions.issue(kSession);
  EXPECT_FALSE(sessions.open(other.access_key_id, made.session_token));
  EXPECT_FALSE(sessions_of('o').open(made.access_key_id, made.session_token));
  std::string changed = made.session_token;
  changed[changed.size() / 2] ^= 1;
  EXPECT_FALSE(sessions.open(made.access_key_id, changed));
  changed = made.session_token;
  changed[0] = 'h';
  EXPECT_FALSE(sessions.open(made.access_key_id, changed)) << "of another cloud";
  EXPECT_FALSE(sessions.open(made.access_key_id, ""));
}

TEST(Sessions, EachKeyHasASecretOfItsOwn) {
  const Sessions sessions = sessions_of('k');
  const auto made = sessions.issue(kSession), other = sessions.issue(kSession);
  EXPECT_EQ(sessions.secret_of(made.access_key_id), made.secret_access_key);
  EXPECT_EQ((std::set{made.secret_access_key, other.secret_access_key,
                      sessions_of('o').secret_of(made.access_key_id)}
                 .size()),
            3u);
}

TEST(Sessions, ATokenIsAsLongAsIsWantedAndSaysNoMore) {
  const Sessions sessions = sessions_of('k');
  for (const size_t wanted : {size_t{0}, size_t{1}, size_t{500}, size_t{501}, size_t{502}, size_t{4096}}) {
    const auto made = sessions.issue(kSession, wanted);
    EXPECT_GE(made.session_token.size(), wanted);
    EXPECT_LE(made.session_token.size(), std::max<size_t>(wanted, 300) + 12) << wanted;
    EXPECT_EQ(sessions.open(made.access_key_id, made.session_token)->padding, "") << wanted;
  }
}

}  // namespace
}  // namespace hearth::identity
