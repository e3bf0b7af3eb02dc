using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Hearth.Lambda {
    /// <summary>Contexts, of whichever ILambdaContext the function was compiled with.</summary>
    static class FunctionContext {
        static readonly DateTime Epoch = new DateTime(1970, 1, 1, 0, 0, 0, DateTimeKind.Utc);

        public static object Of(Type type, Event invocation) {
            string memory = Variable("AWS_LAMBDA_FUNCTION_MEMORY_SIZE");
            object client = ClientContext(TypeOf(type, "ClientContext"), invocation["Client-Context"]);
            object identity = Identity(TypeOf(type, "Identity"), invocation["Cognito-Identity"]);
            object logger = Logger(TypeOf(type, "Logger"));
            DateTime deadline = Epoch.AddMilliseconds(long.Parse(invocation["Deadline-Ms"], CultureInfo.InvariantCulture));
            var answers = new Proxy.Answers();
            answers.AddProperty("AwsRequestId", () => invocation["Aws-Request-Id"]);
            answers.AddProperty("ClientContext", () => client);
            answers.AddProperty("FunctionName", () => Variable("AWS_LAMBDA_FUNCTION_NAME"));
            answers.AddProperty("FunctionVersion", () => Variable("AWS_LAMBDA_FUNCTION_VERSION"));
            answers.AddProperty("Identity", () => identity);
            answers.AddProperty("InvokedFunctionArn", () => invocation["Invoked-Function-Arn"]);
            answers.AddProperty("Logger", () => logger);
            answers.AddProperty("LogGroupName", () => Variable("AWS_LAMBDA_LOG_GROUP_NAME"));
            answers.AddProperty("LogStreamName", () => Variable("AWS_LAMBDA_LOG_STREAM_NAME"));
            answers.AddProperty("MemoryLimitInMB", () => int.Parse(memory, CultureInfo.InvariantCulture));
            answers.AddProperty("RemainingTime", () => deadline - DateTime.UtcNow);
            answers.AddProperty("TraceId", () => invocation["Trace-Id"]);
            answers.AddProperty("TenantId", () => invocation["Aws-Tenant-Id"]);
            return Proxy.Of(type, answers);
        }

        static string Variable(string name) { return Environment.GetEnvironmentVariable(name); }

        static Type TypeOf(Type type, string property) { return type.GetProperty(property).PropertyType; }

        static object Logger(Type type) {
            return Proxy.Of(type, new Proxy.Answers {{"Log", Write}, {"LogLine", Write}});
        }

        /// <summary>(message), (level, message), (level, template, arguments) or (level, error, template, arguments).</summary>
        static object Write(object[] said) {
            if (said.Length == 1) Log.Write((string)said[0]);
            else if (said.Length == 2) Log.Write(Convert.ToString(said[0]), (string)said[1]);
            else if (said.Length == 3) Log.Write(Convert.ToString(said[0]), (string)said[1], (object[])said[2]);
            else Log.Write(Convert.ToString(said[0]), (string)said[2], (object[])said[3], (Exception)said[1]);
            return null;
        }

        static object Identity(Type type, string document) {
            var told = Members(document);
            var answers = new Proxy.Answers();
            answers.AddProperty("IdentityId", () => Text(told, "cognitoIdentityId"));
            answers.AddProperty("IdentityPoolId", () => Text(told, "cognitoIdentityPoolId"));
            return Proxy.Of(type, answers);
        }

        static object ClientContext(Type type, string document) {
            if (string.IsNullOrEmpty(document)) return null;
            var told = Members(document);
            object application = Application(TypeOf(type, "Client"), Part(told, "client"));
            var answers = new Proxy.Answers();
            answers.AddProperty("Client", () => application);
            answers.AddProperty("Custom", () => Texts(told, "custom"));
            answers.AddProperty("Environment", () => Texts(told, "env"));
            return Proxy.Of(type, answers);
        }

        static object Application(Type type, Dictionary<string, object> told) {
            var answers = new Proxy.Answers();
            answers.AddProperty("AppPackageName", () => Text(told, "app_package_name"));
            answers.AddProperty("AppTitle", () => Text(told, "app_title"));
            answers.AddProperty("AppVersionCode", () => Text(told, "app_version_code"));
            answers.AddProperty("AppVersionName", () => Text(told, "app_version_name"));
            answers.AddProperty("InstallationId", () => Text(told, "installation_id"));
            return Proxy.Of(type, answers);
        }

        static Dictionary<string, object> Members(string document) {
            object told = string.IsNullOrEmpty(document) ? null : Json.Parse(document);
            return told as Dictionary<string, object> ?? new Dictionary<string, object>();
        }

        static Dictionary<string, object> Part(Dictionary<string, object> told, string name) {
            object part;
            return told.TryGetValue(name, out part) ? part as Dictionary<string, object> ?? new Dictionary<string, object>() : new Dictionary<string, object>();
        }

        static string Text(Dictionary<string, object> told, string name) {
            object value;
            if (!told.TryGetValue(name, out value) || value == null) return null;
            return value as string ?? Json.Text(value);
        }

        static IDictionary<string, string> Texts(Dictionary<string, object> told, string name) {
            var part = Part(told, name);
            return part.Keys.ToDictionary(one => one, one => Text(part, one));
        }
    }
}
