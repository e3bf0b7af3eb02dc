// Turns at what many want to change: those who met others there go one after another, in the order they came,
// instead of meeting again. A help and no lock: whether a commit holds is found out when it is made.
//
// Threads: any.
#pragma once
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/task.h"

namespace hearth::store {

class Turns {
  struct Places;

 public:
  // The next one's turn comes when this goes. Empty: nobody's.
  class Turn {
   public:
    Turn() = default;
    Turn(std::shared_ptr<Places> places, std::string name)
        : places_(std::move(places)), name_(std::move(name)) {}
    Turn(Turn&&) noexcept = default;
    Turn& operator=(Turn&& other) noexcept {
      pass_on();
      places_ = std::move(other.places_);
      name_ = std::move(other.name_);
      return *this;
    }
    ~Turn() { pass_on(); }

    bool is_at(const std::string& name) const { return places_ && name_ == name; }

   private:
    void pass_on();

    std::shared_ptr<Places> places_;  // shared: see Turns
    std::string name_;
  };

  Turns();

  // Whether anybody has a turn anywhere.
  bool any_taken() const;
  bool is_taken(const std::string& name) const;
  // Waits for the turn at `name`, until `deadline`: then it is an empty one.
  Task<Turn> take(std::string name, SteadyTime deadline) const;

 private:
  std::shared_ptr<Places> places_;  // shared with the turns, which loops may keep longer
};

}  // namespace hearth::store
