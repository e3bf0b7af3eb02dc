// Events of an execution as its history shows them.
#pragma once
#include "api/lambda.h"
#include "services/lambda/durable/execution.h"

namespace hearth::services::lambda {

struct HistoryOptions {
  std::string after;  // a marker; empty: from the beginning
  size_t items_max = 100;
  bool with_data = true;
  bool reverse = false;
};

struct HistoryPage {
  std::vector<api::lambda::Event> events;
  std::string next_marker;  // empty at the end
};

Async<HistoryPage> history_page(DurableExecution& execution, HistoryOptions options);

}  // namespace hearth::services::lambda
