// Promise: your AWS code runs unchanged: what the generator writes for each trait works.
#include <gtest/gtest.h>

#include "api/golden.h"
#include "wire/document.h"
#include "wire/opaque.h"
#include "wire/validate.h"

namespace hearth::wire {
namespace {

namespace golden = api::golden;

json::object object(std::string_view text) {
  return parse_json(text).value().as_object();
}

TEST(Golden, StructuresThatContainThemselvesGoBothWays) {
  constexpr std::string_view kText =
      R"({"ThingName":"t","KMSKeyArn":"k","DryRun":false,"ClientToken":"c","Tree":{"Name":"root",)"
      R"("Left":{"Name":"left"},"Branches":[{"Name":"b"}],"Named":{"n":{"Left":{"Name":"deep"}}}},"Count":7,)"
      R"("Free":{"any":[1,null]},"Raw":{"x":1},"Choice":{"A":"a"}})";
  json::value document = object(kText);
  close_opaque(golden::PutThingInput::shape(), document);
  Message message;
  message.document = document.get_object();
  auto input = from_document<golden::PutThingInput>(std::move(message));
  ASSERT_TRUE(input.has_value()) << input.error().message;
  EXPECT_EQ(input->tree->left->name, "left");
  EXPECT_EQ(input->tree->named->at("n").left->name, "deep");
  EXPECT_EQ(input->raw, R"({"x":1})");
  const golden::PutThingInput copy = *input;
  EXPECT_EQ(copy.tree->left->name, "left");
  document = to_document(copy).document;
  ASSERT_TRUE(open_opaque(golden::PutThingInput::shape(), document));
  EXPECT_EQ(to_text(document), kText);
}

TEST(Golden, DefaultsStandInStructsAndTables) {
  const golden::PutThingInput input;
  EXPECT_EQ(input.count, 5);
  EXPECT_TRUE(input.dry_run);
  json::object document;
  fill_defaults(golden::PutThingInput::shape(), document);
  EXPECT_EQ(to_text(document), R"({"DryRun":true,"ClientToken":"none","Count":5})");
}

TEST(Golden, AStreamPassesBesideTheDocument) {
  golden::GetBlobOutput output;
  output.body = std::string("bytes");
  const Message message = to_document(std::move(output));
  EXPECT_TRUE(message.document.empty());
  EXPECT_EQ(*message.stream.bytes(), "bytes");
  EXPECT_TRUE(golden::ops::GetBlob::kInfo.stream_output);
}

TEST(Golden, TheOverlayCorrectsTheModel) {
  const auto refused = [](std::string_view name, json::value value) {
    json::object document = object(R"({"ThingName":"t","KMSKeyArn":"k"})");
    document[name] = std::move(value);
    return !violations(golden::PutThingInput::shape(), document).empty();
  };
  EXPECT_FALSE(refused("Count", 20));
  EXPECT_TRUE(refused("Count", 21));
  EXPECT_TRUE(refused("Choice", json::object()));
  EXPECT_TRUE(refused("ThingName", "UPPER"));
  EXPECT_FALSE(refused("ThingName", "a-b"));
  EXPECT_TRUE(refused("Alias", "12"));
  EXPECT_FALSE(refused("Alias", "12a"));
  EXPECT_FALSE(refused("Note", json::string(2048, 'a')));
  EXPECT_TRUE(refused("Note", json::string(2049, 'a')));
}

TEST(Golden, OperationsKnowTheirPlace) {
  const OperationInfo& put = golden::ops::PutThing::kInfo;
  EXPECT_EQ(put.success_status, 201);
  EXPECT_EQ(put.body_limits.size(), 2u);
  EXPECT_EQ(put.service, &golden::kService);
  EXPECT_EQ(golden::kService.operations.size(), 4u);
  const Shape* error = golden::kService.find_error(golden::errors::no_such_thing("gone").code);
  ASSERT_NE(error, nullptr);
  EXPECT_EQ(error->error_status, 404);
  EXPECT_EQ(golden::kService.find_error("Broken")->error_status, 500);
}

TEST(Golden, TheOverlayTellsOfASecondForm) {
  EXPECT_EQ(golden::kService.form, Protocol::kQuery);
  EXPECT_EQ(golden::kService.path_member, "ThingName");
  EXPECT_EQ(golden::kService.xml_namespace, "http://golden.example/doc/");
  const Shape* error = golden::kService.find_error("MissingThing");
  ASSERT_NE(error, nullptr) << "an error that the model does not know";
  EXPECT_EQ(error->error_status, 404);
  EXPECT_EQ(error->query_code, "Golden.Missing");
  EXPECT_EQ(error->query_message, "It is missing.");
  EXPECT_EQ(golden::errors::missing_thing("gone").code, "MissingThing");
  EXPECT_EQ(golden::ops::PutThing::kInfo.result_wrapper, "PutThingResult");
}

}  // namespace
}  // namespace hearth::wire
