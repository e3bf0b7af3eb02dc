package hearth.lambda;

import com.amazonaws.services.lambda.runtime.Client;
import com.amazonaws.services.lambda.runtime.ClientContext;
import com.amazonaws.services.lambda.runtime.CognitoIdentity;
import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.LambdaLogger;
import com.amazonaws.services.lambda.runtime.LambdaRuntime;
import java.util.LinkedHashMap;
import java.util.Map;

/** The context of one invocation. */
final class FunctionContext implements Context {
    private final Pipe.Event event;
    private final CognitoIdentity identity;
    private final ClientContext clientContext;

    FunctionContext(Pipe.Event event) {
        this.event = event;
        String identityText = event.field("cognito-identity");
        String clientText = event.field("client-context");
        identity = identityText == null || identityText.isEmpty() ? null : new Identity(members(Json.parse(identityText)));
        clientContext = clientText == null || clientText.isEmpty() ? null : new FromClient(members(Json.parse(clientText)));
    }

    @Override
    public String getAwsRequestId() {
        return event.field("aws-request-id");
    }

    @Override
    public String getLogGroupName() {
        return System.getenv("AWS_LAMBDA_LOG_GROUP_NAME");
    }

    @Override
    public String getLogStreamName() {
        return System.getenv("AWS_LAMBDA_LOG_STREAM_NAME");
    }

    @Override
    public String getFunctionName() {
        return System.getenv("AWS_LAMBDA_FUNCTION_NAME");
    }

    @Override
    public String getFunctionVersion() {
        return System.getenv("AWS_LAMBDA_FUNCTION_VERSION");
    }

    @Override
    public String getInvokedFunctionArn() {
        return event.field("invoked-function-arn");
    }

    @Override
    public CognitoIdentity getIdentity() {
        return identity;
    }

    @Override
    public ClientContext getClientContext() {
        return clientContext;
    }

    @Override
    public int getRemainingTimeInMillis() {
        return (int) Math.max(0, Long.parseLong(event.field("deadline-ms")) - System.currentTimeMillis());
    }

    @Override
    public int getMemoryLimitInMB() {
        return Integer.parseInt(System.getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"));
    }

    @Override
    public LambdaLogger getLogger() {
        return LambdaRuntime.getLogger();
    }

    @Override
    public String getTenantId() {
        return event.field("aws-tenant-id");
    }

    @Override
    public String getXrayTraceId() {
        return event.field("trace-id");
    }

    private static Map<?, ?> members(Object value) {
        return value instanceof Map ? (Map<?, ?>) value : new LinkedHashMap<>();
    }

    private static String text(Map<?, ?> members, String... names) {
        for (String name : names) {
            if (members.get(name) != null) return members.get(name).toString();
        }
        return null;
    }

    private static final class Identity implements CognitoIdentity {
        private final Map<?, ?> members;

        Identity(Map<?, ?> members) {
            this.members = members;
        }

        @Override
        public String getIdentityId() {
            return text(members, "cognitoIdentityId", "identityId");
        }

        @Override
        public String getIdentityPoolId() {
            return text(members, "cognitoIdentityPoolId", "poolId", "identityPoolId");
        }
    }

    private static final class FromClient implements ClientContext, Client {
        private final Map<?, ?> members;
        private final Map<?, ?> client;

        FromClient(Map<?, ?> members) {
            this.members = members;
            this.client = members.get("client") == null ? null : members(members.get("client"));
        }

        private Map<String, String> texts(String name) {
            if (members.get(name) == null) return null;
            Map<String, String> texts = new LinkedHashMap<>();
            members(members.get(name)).forEach((key, value) ->
                    texts.put(key.toString(), value == null || value instanceof String ? (String) value : JsonWriter.text(value)));
            return texts;
        }

        @Override
        public Client getClient() {
            return client == null ? null : this;
        }

        @Override
        public Map<String, String> getCustom() {
            return texts("custom");
        }

        @Override
        public Map<String, String> getEnvironment() {
            return texts("env");
        }

        @Override
        public String getInstallationId() {
            return text(client, "installation_id");
        }

        @Override
        public String getAppTitle() {
            return text(client, "app_title");
        }

        @Override
        public String getAppVersionName() {
            return text(client, "app_version_name");
        }

        @Override
        public String getAppVersionCode() {
            return text(client, "app_version_code");
        }

        @Override
        public String getAppPackageName() {
            return text(client, "app_package_name");
        }
    }
}
