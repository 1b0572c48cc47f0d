#include "custodian/request_copy.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace custos {
namespace {

TEST(RequestCopy, KeepsEveryPartWhenTheOriginalIsGone) {
  RequestCopy copy(64);
  {
    std::vector<std::string> texts{"POST",  "/path", "a=1",      "body", "host", "5000", "77",
                                   "actor", "id",    "approval", "n",    "v",    "h",    "w"};
    const std::vector<NameValue> params{{texts[10], texts[11]}}, headers{{texts[12], texts[13]}};
    const RequestView request{texts[0], texts[1], texts[2], params, texts[3], headers, texts[4], texts[5], texts[6], 12};
    SignOptions options;
    options.context = {texts[7], texts[8], texts[9]};
    options.timestamp_ms = 34;
    options.no_fallback = true;
    ASSERT_TRUE(copy.take(request, options));
    for (auto& text : texts) text.assign(text.size(), '#');
  }
  const RequestView& request = copy.request();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/path");
  EXPECT_EQ(request.query, "a=1");
  EXPECT_EQ(request.body, "body");
  EXPECT_EQ(request.host, "host");
  EXPECT_EQ(request.recv_window, "5000");
  EXPECT_EQ(request.nonce, "77");
  EXPECT_EQ(request.expires_s, 12);
  ASSERT_EQ(request.params.size(), 1U);
  EXPECT_EQ(request.params[0].name, "n");
  EXPECT_EQ(request.params[0].value, "v");
  ASSERT_EQ(request.headers.size(), 1U);
  EXPECT_EQ(request.headers[0].name, "h");
  EXPECT_EQ(request.headers[0].value, "w");
  const SignOptions& options = copy.options();
  EXPECT_EQ(options.context.actor, "actor");
  EXPECT_EQ(options.context.request_id, "id");
  EXPECT_EQ(options.context.approval, "approval");
  EXPECT_EQ(options.timestamp_ms, 34);
  EXPECT_TRUE(options.no_fallback);
}

TEST(RequestCopy, TakesWhatFitsExactlyAndNothingMore) {
  RequestCopy copy(8);
  RequestView request;
  request.method = "POST";
  request.path = "/abc";
  EXPECT_TRUE(copy.take(request, {}));
  request.path = "/abcd";
  EXPECT_FALSE(copy.take(request, {}));
}

TEST(RequestCopy, RefusesMorePairsThanARequestMayHave) {
  RequestCopy copy(4096);
  const std::vector<NameValue> params(129, NameValue{"a", "1"}), headers(33, NameValue{"a", "1"});
  RequestView request;
  request.params = params;
  EXPECT_FALSE(copy.take(request, {}));
  request.params = {};
  request.headers = headers;
  EXPECT_FALSE(copy.take(request, {}));
}

}  // namespace
}  // namespace custos
