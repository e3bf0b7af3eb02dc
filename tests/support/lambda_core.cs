// The public face of Amazon.Lambda.Core, as functions bring it along. Written anew, as tests have no network.
using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;

[assembly: System.Reflection.AssemblyVersion("1.0.0.0")]

namespace Amazon.Lambda.Core {
    public enum LogLevel { Trace, Debug, Information, Warning, Error, Critical }
    public interface IClientApplication {
        string AppPackageName { get; }
        string AppTitle { get; }
        string AppVersionCode { get; }
        string AppVersionName { get; }
        string InstallationId { get; }
    }
    public interface IClientContext {
        IDictionary<string, string> Environment { get; }
        IClientApplication Client { get; }
        IDictionary<string, string> Custom { get; }
    }
    public interface ICognitoIdentity {
        string IdentityId { get; }
        string IdentityPoolId { get; }
    }
    public interface ILambdaLogger {
        void Log(string message);
        void LogLine(string message);
        void Log(LogLevel level, string message);
        void Log(string level, string message, params object[] args);
        void Log(LogLevel level, Exception exception, string message, params object[] args);
    }
    public interface ILambdaContext {
        string AwsRequestId { get; }
        IClientContext ClientContext { get; }
        string FunctionName { get; }
        string FunctionVersion { get; }
        ICognitoIdentity Identity { get; }
        string InvokedFunctionArn { get; }
        ILambdaLogger Logger { get; }
        string LogGroupName { get; }
        string LogStreamName { get; }
        int MemoryLimitInMB { get; }
        TimeSpan RemainingTime { get; }
        string TraceId { get; }
        string TenantId { get; }
        string OfNextYear { get; }
    }
    public interface ILambdaSerializer {
        T Deserialize<T>(Stream requestStream);
        void Serialize<T>(T response, Stream responseStream);
    }
    [AttributeUsage(AttributeTargets.Assembly | AttributeTargets.Method)]
    public class LambdaSerializerAttribute : Attribute {
        public LambdaSerializerAttribute(Type serializerType) { SerializerType = serializerType; }
        public Type SerializerType { get; set; }
    }
    public static class SnapshotRestore {
        static readonly Queue<Func<ValueTask>> before = new Queue<Func<ValueTask>>();
        static readonly Queue<Func<ValueTask>> after = new Queue<Func<ValueTask>>();
        internal static void CopyBeforeSnapshotCallbacksToRegistry(Action<Func<ValueTask>> register) { while (before.Count > 0) register(before.Dequeue()); }
        internal static void CopyAfterRestoreCallbacksToRegistry(Action<Func<ValueTask>> register) { while (after.Count > 0) register(after.Dequeue()); }
        public static void RegisterBeforeSnapshot(Func<ValueTask> action) { before.Enqueue(action); }
        public static void RegisterAfterRestore(Func<ValueTask> action) { after.Enqueue(action); }
    }
    public static class LambdaLogger {
        private static Action<string> _loggingAction = Console.WriteLine;
        public static void Log(string message) { _loggingAction(message); }
    }
}
