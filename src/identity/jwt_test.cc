// Promise: a token is what its provider signed, or it is nothing.
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "identity/jwks.h"

namespace hearth::identity {
namespace {

// Made with the openssl command; the tokens say {"iss": "https://idp.example", "sub": "u", "aud": ["c", "d"],
// "exp": 2000000000, "iat": 1700000000, "azp": "c"}.
constexpr std::string_view kKeys =
    R"({"keys":[{"kid":"rs256","use":"sig","alg":"RS256","kty":"RSA","n":"pfWp10ZXpQQYtaF1IZHS7-R27NuzF)"
    R"(Ub0-4A2nbe5raMAQP6uynEAvhZ_M-yPHm5-tBnQu_qzx3dKQD2oP9rTIBGiY2XiWIbfwx1kpyjBt0OicDLpPrPpUAeaxbFJb)"
    R"(w69oX6p16PCsX286qIJnGPrb0KC0zwqc1kvw3wPpgqLDnUFLM89VE1f-GOooZFjhy-68XFC_72cFp2XEIhsnJh5OvXkCroxo)"
    R"(0weUPZTpJAmA6RKSsHehb-ZSRbGpPOCDDFk_dBE5hgf1JehH8Tp9i-gN57_rCJ-r6ybdIejww63KI75zMiuodxEp35x-t5BB)"
    R"(1PdVVbwtcvhnoAdQmoOa-BhMw","e":"AQAB"},{"kid":"es256","use":"sig","alg":"ES256","kty":"EC","crv")"
    R"(:"P-256","x":"vlNVB6wISxS4hPkcULDm39NSM1PRYSjWD9-UroGuhvg","y":"NK4tFnjayxRsmJx2FFXfA01-5Dm8ONk9)"
    R"(aUMwop_DukY"},{"kid":"es384","use":"sig","alg":"ES384","kty":"EC","crv":"P-384","x":"rV3n1jEbGoL)"
    R"(cNPv4n600EXr0okkViIgk2yQEeRx5HihJX6U20khb6KO97AukFGyd","y":"sbS5G4ft6DZ40epqUCD5CxCZZidGlVTxRClF)"
    R"(W3nyu5GVhs3yUDgdZy2AbkJ1maer"},{"kid":"es512","use":"sig","alg":"ES512","kty":"EC","crv":"P-521")"
    R"(,"x":"AMfJBVxoRRipArYYgC9esA5MlPcxL4KWdX_aaZ6qG0vOcRnYfQkfKoyqFTfQn0QkCRo9XiN-DkCUcNqO4ro2bbnZ",)"
    R"("y":"AIE1XU-oHwcF58mYE1yJPcDa7BQPZdSWt1sbvy13eYzP66f0-yIEW_-Zszlo7IvBhUsV97uK418wSmg8RMWkrRIE"}])"
    R"(})";
constexpr std::string_view kTokens[] = {
    R"(eyJ0eXAiOiAiSldUIiwgImFsZyI6ICJSUzI1NiIsICJraWQiOiAicnMyNTYifQ.eyJpc3MiOiAiaHR0cHM6Ly9pZHAuZXhhb)"
    R"(XBsZSIsICJzdWIiOiAidSIsICJhdWQiOiBbImMiLCAiZCJdLCAiZXhwIjogMjAwMDAwMDAwMCwgImlhdCI6IDE3MDAwMDAwM)"
    R"(DAsICJhenAiOiAiYyJ9.FBkLg4c_DHA670dIwjekuCUA1u9y74h7Aa1Su_fiCgYm92QlXCFnjZ2vzekqqLfjK2HBVT3UJ0nj)"
    R"(FXUrLzKw33u5Whmy4WsXjTdor01ck1GaFDEYZSczl6_4uh7mIztaqdnH-b2Hl5r-beBwzq22jZChgh_SIPtqrPbR6HPaidxM)"
    R"(p_4Jx_l6dD6oQhPj8cYIf7nMp_fqY28g6ItYBvPku3YhRaml8A6i0DRK0-qxRmAQ4bgQ1WMw3gxpbfu6sh_fLdhes4ViKak5)"
    R"(l6c6WI9WcJu_6eQff3bcr6FHVqn1ufvIEzxSupx7i1R01svrOWMf2UT9bMYn-eojOD6bTxxhmA)",
    R"(eyJ0eXAiOiAiSldUIiwgImFsZyI6ICJFUzI1NiIsICJraWQiOiAiZXMyNTYifQ.eyJpc3MiOiAiaHR0cHM6Ly9pZHAuZXhhb)"
    R"(XBsZSIsICJzdWIiOiAidSIsICJhdWQiOiBbImMiLCAiZCJdLCAiZXhwIjogMjAwMDAwMDAwMCwgImlhdCI6IDE3MDAwMDAwM)"
    R"(DAsICJhenAiOiAiYyJ9.BbdgNJ309SZd3kKXKJQCE-LItqld2xFiFI7DUcxL0xcdfKT52yM_zeBW6-V_jQ5jl9XR0YNU7-bG)"
    R"(JwCzihKJOw)",
    R"(eyJ0eXAiOiAiSldUIiwgImFsZyI6ICJFUzM4NCIsICJraWQiOiAiZXMzODQifQ.eyJpc3MiOiAiaHR0cHM6Ly9pZHAuZXhhb)"
    R"(XBsZSIsICJzdWIiOiAidSIsICJhdWQiOiBbImMiLCAiZCJdLCAiZXhwIjogMjAwMDAwMDAwMCwgImlhdCI6IDE3MDAwMDAwM)"
    R"(DAsICJhenAiOiAiYyJ9.MvUXlX86oaSL0o7QZ1CPCt6gSjnxj9aRR3mlt62lvavGPn0gNRXcdcjGX4KA12tuWGWIs2Pr1GYP)"
    R"(Lo5MRjnhodRZ2K9-CKcVMAA4XHqrXR-zwmiarxwunPYT98sM1Den)",
    R"(eyJ0eXAiOiAiSldUIiwgImFsZyI6ICJFUzUxMiIsICJraWQiOiAiZXM1MTIifQ.eyJpc3MiOiAiaHR0cHM6Ly9pZHAuZXhhb)"
    R"(XBsZSIsICJzdWIiOiAidSIsICJhdWQiOiBbImMiLCAiZCJdLCAiZXhwIjogMjAwMDAwMDAwMCwgImlhdCI6IDE3MDAwMDAwM)"
    R"(DAsICJhenAiOiAiYyJ9.AOEqYu0omvQHZnIKTBJGzG1b1cgtF8KHPyZcgD2tDioFfjs1R4mZApHn-NLyqSYseH_aQRA_wcJG)"
    R"(VOOX4r6DVSNwAbf2Oyu_GWujFEt_Lu2_IssYACoMNi3pgQBAsMPqrfuPH9bybC5cC4XYbzG0s3QEoa3RzvbTtsRMn6KezR3z)"
    R"(Aeiv)"};

std::string base64url(std::string_view bytes) {
  std::string out = base64_encode(bytes);
  for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
  while (out.ends_with('=')) out.pop_back();
  return out;
}
std::string token_of(std::string_view header, std::string_view claims) {
  return base64url(header) + "." + base64url(claims) + ".AAAA";
}
std::string claims_with(std::string_view more) {
  std::string out = R"({"iss":"https://i","sub":"u","aud":"c","exp":1)";
  return out.append(more).append("}");
}
constexpr std::string_view kHeader = R"({"alg":"RS256","kid":"k"})";

std::string refusal(std::string_view header, std::string_view claims) {
  const auto token = Jwt::parse(token_of(header, claims));
  return token ? "" : token.error().code + " " + token.error().message;
}

TEST(Jwt, TellsWhatATokenSays) {
  const auto token = Jwt::parse(kTokens[0]).value();
  EXPECT_EQ(token.algorithm, "RS256");
  EXPECT_EQ(token.key_id, "rs256");
  EXPECT_EQ(token.issuer, "https://idp.example");
  EXPECT_EQ(token.subject, "u");
  EXPECT_EQ(token.audiences, (std::vector<std::string>{"c", "d"}));
  EXPECT_EQ(token.authorized_party, "c");
  EXPECT_EQ(token.expires, 2000000000);
  EXPECT_EQ(token.issued, 1700000000);
  EXPECT_FALSE(token.not_before);
}

TEST(Jwt, IsThreePartsOfBase64urlWithoutPadding) {
  const std::string good = token_of(kHeader, claims_with(""));
  EXPECT_TRUE(Jwt::parse(good));
  for (const std::string& bad : {good + "=", good + ".", good.substr(0, good.rfind('.')), "." + good,
                                 std::string(), std::string("..")}) {
    EXPECT_EQ(Jwt::parse(bad).error().code, "MalformedToken") << bad;
  }
}

TEST(Jwt, TakesNoAlgorithmThatHasNoPublicKey) {
  for (const char* header :
       {R"({"alg":"none"})", R"({"alg":"HS256"})", R"({"alg":"rs256"})", R"({"alg":"PS256"})", "{}"})
    EXPECT_TRUE(refusal(header, claims_with("")).starts_with("UnknownAlgorithm")) << header;
  EXPECT_TRUE(refusal(R"({"alg":"RS256","crit":["exp"]})", claims_with("")).starts_with("MalformedToken"));
}

TEST(Jwt, MissesNoClaimThatDecides) {
  EXPECT_EQ(refusal(kHeader, R"({"sub":"u","aud":"c","exp":1})"), "MissingClaim iss");
  EXPECT_EQ(refusal(kHeader, R"({"iss":"i","aud":"c","exp":1})"), "MissingClaim sub");
  EXPECT_EQ(refusal(kHeader, R"({"iss":"i","sub":"u","exp":1})"), "MissingClaim aud");
  EXPECT_EQ(refusal(kHeader, R"({"iss":"i","sub":"u","aud":[],"exp":1})"), "MissingClaim aud");
  EXPECT_EQ(refusal(kHeader, R"({"iss":"i","sub":"u","aud":"c"})"), "MissingClaim exp");
  // Times are whole numbers.
  for (const char* exp : {"1.5", "\"1\"", "1e3", "99999999999999999999", "null"}) {
    const std::string claims = std::string(R"({"iss":"i","sub":"u","aud":"c","exp":)") + exp + "}";
    EXPECT_TRUE(refusal(kHeader, claims).starts_with("MalformedToken")) << exp;
  }
}

TEST(Jwt, ReadsSessionTagsInBothForms) {
  for (
      const char* form :
      {R"(,"https://aws.amazon.com/tags":{"principal_tags":{"team":["red"]},"transitive_tag_keys":["team"]})",
       R"(,"https://aws.amazon.com/tags/principal_tags/team":"red","https://aws.amazon.com/tags/transitive_tag_keys":"team")"}) {
    const auto token = Jwt::parse(token_of(kHeader, claims_with(form))).value();
    EXPECT_EQ(token.session.tags, (std::vector<std::pair<std::string, std::string>>{{"team", "red"}}));
    EXPECT_EQ(token.session.transitive_tags, std::vector<std::string>{"team"});
    EXPECT_FALSE(token.session.source_identity);
  }
  for (const char* bad :
       {R"(,"https://aws.amazon.com/tags":{"principal_tags":{"team":["red","blue"]}})",
        R"(,"https://aws.amazon.com/tags":[])", R"(,"https://aws.amazon.com/source_identity":1)",
        R"(,"https://aws.amazon.com/tags/principal_tags/":"x")"})
    EXPECT_TRUE(refusal(kHeader, claims_with(bad)).starts_with("MalformedToken")) << bad;
}

TEST(KeySet, VerifiesWhatItsKeysSigned) {
  const auto keys = KeySet::parse(kKeys).value();
  for (const std::string_view text : kTokens) {
    Jwt token = Jwt::parse(text).value();
    EXPECT_EQ(keys.verify(token), KeySet::Verdict::kGood) << token.algorithm;
    const std::string signature = token.signature;
    for (const size_t at : {size_t{0}, signature.size() / 2, signature.size() - 1}) {
      token.signature[at] = static_cast<char>(token.signature[at] ^ 1);
      EXPECT_EQ(keys.verify(token), KeySet::Verdict::kWrongSignature) << token.algorithm;
      token.signature = signature;
    }
    token.signature = std::string(signature.size(), '\0');
    EXPECT_EQ(keys.verify(token), KeySet::Verdict::kWrongSignature);
    token.signature.clear();
    EXPECT_EQ(keys.verify(token), KeySet::Verdict::kWrongSignature);
    token.signature = signature;
    token.signed_text += " ";
    EXPECT_EQ(keys.verify(token), KeySet::Verdict::kWrongSignature);
  }
}

TEST(KeySet, UsesAKeyOnlyForItsOwnKind) {
  const auto keys = KeySet::parse(kKeys).value();
  Jwt token = Jwt::parse(kTokens[0]).value();
  for (const char* algorithm : {"ES256", "ES384", "RS384", "HS256"}) {
    token.algorithm = algorithm;
    EXPECT_EQ(keys.verify(token), KeySet::Verdict::kUnknownKey) << algorithm;
  }
  token.algorithm = "RS256";
  token.key_id = "gone";
  EXPECT_EQ(keys.verify(token), KeySet::Verdict::kUnknownKey);
  token.key_id.clear();  // the only one that fits
  EXPECT_EQ(keys.verify(token), KeySet::Verdict::kGood);
}

TEST(KeySet, PassesOverWhatIsNoGoodKey) {
  for (const char* text :
       {"", "[]", "{}", R"({"keys":{}})", R"({"keys":[]})", R"({"keys":[1,{},{"kty":"oct","k":"AAAA"}]})",
        R"({"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]})",
        R"({"keys":[{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}]})"})
    EXPECT_EQ(KeySet::parse(text).error().code, "MalformedKeys") << text;
  std::string for_secrets(kKeys);
  for (size_t at = 0; (at = for_secrets.find("\"sig\"", at)) != std::string::npos;)
    for_secrets.replace(at, 5, "\"enc\"");
  EXPECT_FALSE(KeySet::parse(for_secrets));
}

}  // namespace
}  // namespace hearth::identity
