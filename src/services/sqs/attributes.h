// A queue's attributes as callers say them: all of them text.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "services/sqs/queue_ref.h"

namespace hearth::services::sqs {

using AttributeTexts = std::map<std::string, std::string>;

// 1 to 80 letters, digits, hyphens and underscores; a FIFO queue's ends in ".fifo".
Status check_name(std::string_view name, bool fifo);

// Takes over what is given, or says what is wrong with it. Whether a dead letter queue exists is for
// check_redrive(). `creating`: the queue is new, so that its type may be said.
Status apply(QueueRecord& queue, const AttributeTexts& given, bool creating);

// The queue that dead letters are to go to must be there, of the same type, and want them.
Async<void> check_redrive(store::Transaction& tx, QueueRef source, const QueueRecord& queue);

// What is set, without the counts of messages; `name` picks one.
AttributeTexts texts_of(const QueueRecord& queue, const QueueRef& ref);
bool is_attribute(std::string_view name);
bool is_count(std::string_view name);

}  // namespace hearth::services::sqs
