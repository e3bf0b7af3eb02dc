using System;
using System.IO;
using System.Reflection;
using System.Threading;

namespace Hearth.Lambda {
    /// <summary>The runtime of class libraries: loads the function's handler, then serves events until it is killed.</summary>
    static class Program {
        const string TraceVariable = "_X_AMZN_TRACE_ID";

        static void Main() {
            var pipe = new Pipe();
            Log.TakeConsole();
            AppDomain.CurrentDomain.AssemblyLoad += (sender, load) => TakeLogger(load.LoadedAssembly);
            AppDomain.CurrentDomain.AssemblyResolve += (sender, wanted) => FromTask(new AssemblyName(wanted.Name).Name);
            string snapshot = Resting.Asked();
            Handler handler = Loaded(pipe);
            if (snapshot != null) Resting.Begin(pipe, snapshot == "make");
            string most = Environment.GetEnvironmentVariable("AWS_LAMBDA_MAX_CONCURRENCY");
            if (most == null) ServeOneByOne(pipe, handler, true);
            for (int left = int.Parse(most); left > 0; --left) {
                new Thread(() => ServeOneByOne(new Pipe(pipe), handler, false)).Start();
            }
        }

        static void ServeOneByOne(Pipe pipe, Handler handler, bool alone) {
            for (;;) {
                Event invocation = pipe.Next();
                Log.Serve(invocation, alone);
                // Of the whole process.
                if (alone) Environment.SetEnvironmentVariable(TraceVariable, invocation["Trace-Id"]);
                Serve(pipe, handler, invocation);
            }
        }

        static Handler Loaded(Pipe pipe) {
            try {
                return HandlerLoader.Load(Environment.GetEnvironmentVariable("_HANDLER"));
            } catch (Exception error) {
                Console.Error.WriteLine(error);
                pipe.FailInit(error.GetType().Name, Failure.Document(error));
                Environment.Exit(1);  // whatever threads the function has begun
                throw;
            }
        }

        static void Serve(Pipe pipe, Handler handler, Event invocation) {
            var output = new MemoryStream();
            try {
                handler.Handle(invocation, output);
                pipe.Respond(output);
            } catch (Exception error) {
                Console.Error.WriteLine(error);
                pipe.Fail(error.GetType().Name, Failure.Document(error));
            }
        }

        /// <summary>What the function's list of dependencies does not name lies beside it.</summary>
        static Assembly FromTask(string name) {
            string path = Path.Combine(Environment.GetEnvironmentVariable("LAMBDA_TASK_ROOT") ?? ".", name + ".dll");
            return File.Exists(path) ? Assembly.LoadFrom(path) : null;
        }

        /// <summary>LambdaLogger writes to what its private fields say, where it has them.</summary>
        static void TakeLogger(Assembly loaded) {
            if (loaded.GetName().Name != "Amazon.Lambda.Core") return;
            Set(loaded, "_loggingAction", new Action<string>(message => Log.Write(null, message)));
            Set(loaded, "_loggingWithLevelAction",
                new Action<string, string, object[]>((level, message, arguments) => Log.Write(level, message, arguments)));
            Set(loaded, "_loggingWithLevelAndExceptionAction",
                new Action<string, Exception, string, object[]>((level, error, message, arguments) => Log.Write(level, message, arguments, error)));
        }

        static void Set(Assembly core, string name, Delegate action) {
            Type logger = core.GetType("Amazon.Lambda.Core.LambdaLogger");
            FieldInfo field = logger == null ? null : logger.GetField(name, BindingFlags.Static | BindingFlags.NonPublic);
            if (field != null && field.FieldType == action.GetType()) field.SetValue(null, action);
        }
    }
}
