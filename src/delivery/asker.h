// Who asked for something that is done later, as records keep it.
#pragma once
#include <string>

namespace hearth::delivery {

// What is done for them is done with the rights that they have at that moment (asker_client.h).
struct Asker {
  std::string account;
  std::string region;
  std::string access_key_id;
  std::string session_token;  // empty: none

  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.account);
    visit(2, self.region);
    visit(3, self.access_key_id);
    visit(4, self.session_token);
  }
};

}  // namespace hearth::delivery
