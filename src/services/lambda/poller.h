// What takes things from a source to a function, for one mapping.
//
// Threads: one loop's.
#pragma once

namespace hearth::services::lambda {

class Poller {
 public:
  virtual ~Poller() = default;

  virtual void start() = 0;
  // Takes nothing more, as soon as what it is in the middle of has ended. Once.
  virtual void stop() = 0;
  // Whether it still does; then another poller of the same mapping must not begin.
  virtual bool takes() const = 0;
  // Whether nothing that it took is under way.
  virtual bool idle() const = 0;
};

}  // namespace hearth::services::lambda
