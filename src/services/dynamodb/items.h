// GetItem, PutItem, UpdateItem, DeleteItem.
#pragma once
#include "api/dynamodb.h"
#include "services/dynamodb/item_action.h"
#include "services/dynamodb/parts.h"
#include "wire/router.h"

namespace hearth::services::dynamodb {

class Items {
 public:
  explicit Items(const Parts& parts) : parts_(parts) {}
  void mount(wire::Router& router);

  Async<api::dynamodb::GetItemOutput> get(const wire::Call& call, api::dynamodb::GetItemInput input);
  Async<api::dynamodb::PutItemOutput> put(const wire::Call& call, api::dynamodb::PutItemInput input);
  Async<api::dynamodb::UpdateItemOutput> update(const wire::Call& call, api::dynamodb::UpdateItemInput input);
  Async<api::dynamodb::DeleteItemOutput> remove(const wire::Call& call, api::dynamodb::DeleteItemInput input);

 private:
  struct Written {
    TablePtr table;
    ActionOutcome outcome;
  };
  Async<Written> write(const ItemAction& action);

  const Parts& parts_;
};

}  // namespace hearth::services::dynamodb
