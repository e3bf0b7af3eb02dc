#include "services/lambda/attached.h"

#include "services/lambda/provisioned.h"
#include "services/lambda/records.h"
#include "services/lambda/urls.h"

namespace hearth::services::lambda {

Async<void> erase_attached(store::Transaction& tx, FunctionRef ref) {
  Tables tables(tx, ref);
  const store::Key under = ref.qualifier.empty() ? store::Key(ref.name) : store::Key(ref.name, ref.qualifier);
  tables.policies.erase_under(under);
  tables.async_configs.erase_under(under);
  TRY_VOID(co_await erase_provisioned(tx, ref));
  co_return co_await erase_urls(tx, std::move(ref));
}

}  // namespace hearth::services::lambda
