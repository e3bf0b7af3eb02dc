// The Kinesis service, put together.
#pragma once
#include "io/task_scope.h"
#include "services/kinesis/consumers.h"
#include "services/kinesis/readings.h"
#include "services/kinesis/shards.h"
#include "services/kinesis/source.h"
#include "services/kinesis/stream_target.h"
#include "services/kinesis/streams.h"
#include "services/kinesis/tags.h"
#include "services/kinesis/trimming.h"
#include "services/kinesis/writing.h"

namespace hearth::services::kinesis {

class Kinesis {
 public:
  // All references outlive it.
  Kinesis(Parts parts, const delivery::Rights& rights, std::string_view server_key)
      : parts_(parts), tokens_(server_key), source_(parts_, rights), target_(parts_, rights) {}
  Kinesis(const Kinesis&) = delete;

  void mount(wire::Router& router) {
    streams_.mount(router);
    shards_.mount(router);
    writing_.mount(router);
    readings_.mount(router);
    tags_.mount(router);
    consumers_.mount(router);
  }
  // Background work, in a scope that ends before this.
  void start(io::TaskScope& scope) { scope.spawn(trimming_.run()); }

  delivery::StreamSource& source() { return source_; }
  delivery::Target& target() { return target_; }

 private:
  Parts parts_;
  Tokens tokens_;
  Streams streams_{parts_};
  Shards shards_{parts_, tokens_};
  Writing writing_{parts_};
  Readings readings_{parts_, tokens_};
  StreamTags tags_{parts_};
  Consumers consumers_{parts_};
  Trimming trimming_{parts_};
  KinesisSource source_;
  StreamTarget target_;
};

}  // namespace hearth::services::kinesis
