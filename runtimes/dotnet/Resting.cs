using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;

namespace Hearth.Lambda {
    /// <summary>
    /// A version with SnapStart has its init before there is an invoke. Its process is written down, and environments begin
    /// with what is made of it; or it rests until it is an environment's. What the function registered with Amazon.Lambda.Core.SnapshotRestore is told before, last to first, and after, first
    /// to last.
    /// </summary>
    static class Resting {
        const string Variable = "_HEARTH_SNAPSHOT";

        const long LoadedAheadBytes = 192L << 20;  // an image is bounded by these and the function's memory

        /// <summary>"make", "rest", or null. Once: what the function starts does not rest.</summary>
        public static string Asked() {
            string asked = Environment.GetEnvironmentVariable(Variable);
            Environment.SetEnvironmentVariable(Variable, null);
            return asked;
        }

        public static void Begin(Pipe pipe, bool written) {
            List<Delegate> before = Registered("CopyBeforeSnapshotCallbacksToRegistry");
            List<Delegate> after = Registered("CopyAfterRestoreCallbacksToRegistry");
            before.Reverse();
            Tell(before, pipe, "Runtime.BeforeSnapshotError");
            GC.Collect();
            if (!written) pipe.Rest();
            else if (pipe.WriteSnapshot(BytesMax())) TakeVariables();
            Tell(after, pipe, "Runtime.AfterRestoreError");
        }

        static long BytesMax() {
            return (long.Parse(Environment.GetEnvironmentVariable("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")) << 20) + LoadedAheadBytes;
        }

        static void TakeVariables() {
            foreach (string variable in Checkpoint.Variables().Split('\0')) {
                int equals = variable.IndexOf('=');
                if (equals <= 0 || variable.Substring(0, equals) == Variable) continue;
                Environment.SetEnvironmentVariable(variable.Substring(0, equals), variable.Substring(equals + 1));
            }
        }

        /// <summary>Hooks are functions without arguments that give a ValueTask, which is not in every .NET.</summary>
        static List<Delegate> Registered(string copy) {
            var all = new List<Delegate>();
            Assembly core = AppDomain.CurrentDomain.GetAssemblies().FirstOrDefault(one => one.GetName().Name == "Amazon.Lambda.Core");
            Type registry = core == null ? null : core.GetType("Amazon.Lambda.Core.SnapshotRestore");
            MethodInfo method = registry == null ? null : registry.GetMethod(copy, BindingFlags.Static | BindingFlags.NonPublic);
            if (method != null) method.Invoke(null, new object[] {new Action<object>(hook => all.Add((Delegate)hook))});
            return all;
        }

        static void Tell(List<Delegate> hooks, Pipe pipe, string errorType) {
            try {
                foreach (Delegate hook in hooks) Wait(Call(hook));
            } catch (Exception error) {
                Console.Error.WriteLine(error);
                pipe.FailInit(errorType, Failure.Document(error));
                Environment.Exit(1);
            }
        }

        static object Call(Delegate hook) {
            try {
                return hook.DynamicInvoke();
            } catch (TargetInvocationException raised) {
                throw raised.InnerException;
            }
        }

        static void Wait(object valueTask) {
            ((Task)valueTask.GetType().GetMethod("AsTask").Invoke(valueTask, null)).GetAwaiter().GetResult();
        }
    }
}
