// Streams that are read from: records in shards, each shard an order of its own, read as often as somebody
// likes until the stream forgets them. Event source mappings read them through this; one implementation a
// kind of stream, by the service that has it.
//
// A position in a shard is the sequence number of the last record that needs no reading any more; empty is
// the shard's oldest record. Positions of a shard compare as texts. They are kept by the reader and stay good
// over restarts.
//
// Threads: any that runs a loop; sources are added before the first read.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/task.h"
#include "delivery/delivery.h"
#include "store/watch.h"

namespace hearth::delivery {

struct StreamShard {
  std::string id;
  // Whose records come before those of this one; those that are not there any more may be among them.
  std::vector<std::string> parents = {};
};

struct StreamRecord {
  std::string sequence_number;
  TimePoint arrived;
  json::object event;  // as it stands in a function's event
};

struct StreamStart {
  enum class Kind { kOldest, kLatest, kAtTime };
  Kind kind = Kind::kOldest;
  TimePoint time = {};  // kAtTime: records that arrived then or later
};

struct StreamRead {
  std::string arn;
  std::string shard;
  std::string position;
  size_t records_max = 1000;
  // A page ends behind the record that reaches it.
  size_t bytes_max = 1024 * 1024;
  // Which keys are read (a partition key, an item's key as one text); of the others only the position moves.
  // Empty: all.
  std::function<bool(std::string_view key)> wants = {};
  std::string reader_role = {};  // for records that tell it
};

struct StreamPage {
  std::vector<StreamRecord> records;
  std::string position;  // behind all that was looked at
  bool more = false;     // is there already
  bool ended = false;    // the shard is closed, and nothing comes behind this page
};

// What readers must know of a kind of stream.
struct StreamTraits {
  std::string batch_info;         // "KinesisBatchInfo", where a reader tells of records that it gave up
  bool starts_at_time = false;    // whether StreamStart::kAtTime is possible
  bool in_whole_seconds = false;  // times of arrival are
  int64_t batch_records_max = 10'000;
};

class StreamSource {
 public:
  virtual ~StreamSource() = default;

  virtual StreamTraits traits() const = 0;

  // Whether it is there (kTargetMissing, target.h), and `reader` may read it (kTargetDenied), in the words
  // that Lambda has for either. Asked when a mapping is made, and now and then while it reads.
  virtual Async<void> check(Sender reader, std::string arn) = 0;
  // Those that have records still, or may get some; parents before their children. kTargetMissing.
  virtual Async<std::vector<StreamShard>> shards(std::string arn) = 0;
  // The position from which on a new reader reads. kTargetMissing.
  virtual Async<std::string> begin(std::string arn, std::string shard, StreamStart start) = 0;
  // Does not wait. Records that the stream has forgotten are passed over. kTargetMissing for a stream or a
  // shard that is not there.
  virtual Async<StreamPage> read(StreamRead read) = 0;
  // Tells when something came into the shard, or it was closed. Made before the read that finds nothing.
  virtual Async<store::Watch> watch(std::string arn, std::string shard) = 0;
  // What filters match against, where it is not the event itself.
  virtual json::value seen_by_filters(const StreamRecord& record) const { return record.event; }
};

class StreamSources {
 public:
  // "kinesis"; the source outlives this.
  void add(std::string service, StreamSource& source) { by_service_.emplace(std::move(service), &source); }
  // Null when there is none of this kind.
  StreamSource* find(std::string_view arn) const;

 private:
  std::map<std::string, StreamSource*, std::less<>> by_service_;
};

}  // namespace hearth::delivery
