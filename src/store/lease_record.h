// How leases lie in the store: who holds one, apart from until when, so that renewing a lease does not
// conflict with the work that is fenced by it.
#pragma once
#include <optional>
#include <string>

#include "store/record.h"
#include "store/store.h"

namespace hearth::store {

struct LeaseHolderRecord {
  uint64_t epoch = 0;
  std::string holder;  // empty: released
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.epoch);
    visit(2, self.holder);
  }
};

struct LeaseTermRecord {
  TimePoint until;
  template <typename Self>
  static void fields(Self& self, auto& visit) {
    visit(1, self.until);
  }
};

inline std::string lease_holder_key(const std::string& name) {
  return Key("store", "lease", name, "holder").bytes();
}
inline std::string lease_term_key(const std::string& name) {
  return Key("store", "lease", name, "term").bytes();
}

// "StoreFenced" unless the row says that this lease is still the one.
inline Status check_lease_holder(const Lease& lease, const std::optional<std::string>& row) {
  if (row) {
    TRY_SYNC(const auto record, decode<LeaseHolderRecord>(*row));
    if (record.epoch == lease.epoch && record.holder == lease.holder) return {};
  }
  return fail("StoreFenced", "the lease '" + lease.name + "' has passed to another");
}

}  // namespace hearth::store
