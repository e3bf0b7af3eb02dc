// The store: ordered keys, serializable transactions. A transaction reads at a snapshot, buffers its writes,
// sees its own writes, and commits if nothing it read (keys and ranges) was changed since the snapshot;
// otherwise its body runs again. A commit that was answered with success is on disk and stays.
//
//   auto body = [&](store::Transaction& tx) -> Async<int64_t> {   // may run again: no effects but on tx
//     TRY(auto value, co_await tx.get(key));
//     tx.put(key, "new");
//     co_return 1;
//   };
//   TRY(const int64_t one, co_await store.transact(body));
//
// Error codes: "StoreConflict" (still conflicting after the last attempt), "StoreFull" (no space left on the
// disk), "StoreIo", "StoreTooLarge" (see Limits), "StoreBusy" (queues are full), "StoreDeadline" (not
// committed), "StoreUnknown" (may or may not be committed), "StorePrecondition", "StoreFenced",
// "StoreLeaseHeld", "StoreCorrupt". After any but "StoreUnknown" nothing of the transaction will ever appear.
//
// Threads: the Store may be used from every loop; a Transaction belongs to one coroutine. Every loop that
// uses the store outlives it. A caller that is cancelled during a commit does not learn its outcome.
#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "store/tuple.h"
#include "store/turns.h"
#include "store/watch.h"

namespace hearth::store {

class Backend;

struct Limits {
  static constexpr size_t kKeyBytesMax = 4096;
  // Room for an event or a message of 1 MiB with what belongs to it, and for the text of an item of 400 KB.
  // What may be larger, or is read in parts, is a blob (blob.h).
  static constexpr size_t kValueBytesMax = 4 * 1024 * 1024;
  static constexpr size_t kTransactionBytesMax = 10 * 1024 * 1024;
};

struct Row {
  std::string key;
  std::string value;
  bool operator==(const Row&) const = default;
};

struct Page {
  std::vector<Row> rows;
  // Whether the range holds further rows; go on behind the last one (key_after), or before it in reverse.
  bool more = false;
};

struct ScanOptions {
  KeyRange range;
  size_t rows_max = 1000;
  size_t bytes_max = 1024 * 1024;  // a page ends behind the row that reaches it
  bool reverse = false;
};

// kSnapshot: what is read may change before the commit without making it a conflict.
enum class Isolation { kSerializable, kSnapshot };

// A name held by one holder for a while. `epoch` grows with every change of hands, so work done under an old
// one is refused (Transaction::fence). Only the store's clock decides when it ends.
struct Lease {
  std::string name;
  std::string holder;
  uint64_t epoch = 0;
  std::chrono::milliseconds remaining{0};
};

class Transaction {
 public:
  Transaction(Backend& backend, bool read_only);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  Async<std::optional<std::string>> get(std::string key, Isolation isolation = Isolation::kSerializable);
  Async<std::vector<std::optional<std::string>>> multi_get(std::vector<std::string> keys,
                                                           Isolation isolation = Isolation::kSerializable);
  Async<Page> scan(ScanOptions options, Isolation isolation = Isolation::kSerializable);

  void put(std::string key, std::string value);
  void erase(std::string key);
  void erase_range(KeyRange range);
  // Adds to the integer under `key` (absent counts 0) without reading it: adds never conflict with each
  // other.
  void add(std::string key, int64_t delta);
  // Writes a row whose key is `prefix`, the stamp of this commit as a tuple element, `suffix`. Not seen by
  // this transaction's own reads. The stamps of one transaction's rows follow the order of these calls.
  void put_stamped_key(std::string prefix, std::string suffix, std::string value);
  // Writes a row whose value is `prefix` followed by the ten bytes of the stamp. Not seen by own reads.
  void put_stamped_value(std::string key, std::string prefix);

  // The commit fails with "StorePrecondition" unless the key holds this value (nothing: is absent).
  void expect(std::string key, std::optional<std::string> value);
  // The commit fails with "StoreFenced" unless the lease is still of this holder and epoch.
  void fence(Lease lease);
  // Treats a range as read, or as written, without doing so.
  void add_read_conflict(KeyRange range);
  void add_write_conflict(KeyRange range);

  // For Store. The first key that it read and wrote at which somebody has the turn.
  std::optional<std::string> key_with_turns(const Turns& turns) const;
  // For Store. The commit's version, 0 when nothing was written. An error has no effect on the data, unless
  // it is "StoreUnknown".
  Async<uint64_t> commit(std::optional<SteadyTime> deadline, std::string idempotency_id);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The integer behind a value written by add(); "StoreCorrupt" if it is none.
Result<int64_t> counter_value(std::string_view value);
std::string counter_bytes(int64_t value);

struct TransactOptions {
  std::chrono::milliseconds deadline{5000};  // from the call on, all attempts together
  size_t attempts_max = 64;
  // Unique to this intention; lets a back end find out how a commit ended that it lost sight of.
  std::string idempotency_id = {};
  // Is told the version that the commit's stamps have, where somebody wants to know it. 0: nothing was
  // written.
  uint64_t* version = nullptr;
};

class Store {
 public:
  explicit Store(std::unique_ptr<Backend> backend);
  ~Store();  // waits for the commits under way
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Runs `body` (Transaction& -> Async<T>) and commits. `body` must outlive the call. Its own error aborts
  // the transaction and is returned.
  template <typename Body>
  auto transact(Body& body, TransactOptions options = {}) -> decltype(body(std::declval<Transaction&>())) {
    Attempts attempts(turns_, options);
    while (true) {
      Transaction tx(*backend_, false);
      auto value = co_await body(tx);
      if (!value) co_return value;
      if (turns_.any_taken() && co_await attempts.line_up(tx)) continue;
      auto committed = co_await tx.commit(attempts.deadline, options.idempotency_id);
      if (committed && options.version) *options.version = *committed;
      if (committed) co_return value;
      TRY_VOID(co_await attempts.before_next(std::move(committed).error()));
    }
  }

  // Runs `body` at one snapshot; it may not write.
  template <typename Body>
  auto read(Body& body) -> decltype(body(std::declval<Transaction&>())) {
    Transaction tx(*backend_, true);
    co_return co_await body(tx);
  }

  // Tells when something under `prefix` was committed. A hint: may come without need, never fails to come.
  Watch watch(std::string prefix);

  // "StoreLeaseHeld" while another holder has it. Acquiring one's own lease again gives a new epoch.
  Async<Lease> acquire_lease(std::string name, std::string holder, std::chrono::milliseconds duration);
  // "StoreFenced" when the lease went to another or ran out.
  Async<Lease> renew_lease(Lease lease, std::chrono::milliseconds duration);
  Async<void> release_lease(Lease lease);

 private:
  // Those of one call. From the first conflict on at a key that it writes, it goes in turn with others that
  // met one there, and who comes new to where they wait goes to the end of the line. What it only reads is no
  // place to wait at: others can read it at the same time.
  struct Attempts {
    Attempts(const Turns& turns, const TransactOptions& options);
    // Whether the body must run again, because it had to wait for a turn.
    Task<bool> line_up(const Transaction& tx);
    // Gives the error back when it is no conflict, or the last attempt, or past the deadline; otherwise
    // waits.
    Async<void> before_next(Error error);
    Task<void> wait_by_chance() const;

    const Turns& turns;
    SteadyTime deadline;
    size_t attempts_max;
    size_t made = 0;
    Turns::Turn turn;
    bool has_lined_up = false;
  };

  Turns turns_;
  std::unique_ptr<Backend> backend_;
};

}  // namespace hearth::store
