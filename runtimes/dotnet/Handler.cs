using System;
using System.IO;
using System.Reflection;
using System.Runtime.ExceptionServices;
using System.Threading.Tasks;

namespace Hearth.Lambda {
    /// <summary>
    /// A method of the function's: () or (input), (context), (input, context), whose input and result are streams, or what the
    /// function's serializer makes of them, or a task of that.
    /// </summary>
    sealed class Handler {
        const string ContextName = "Amazon.Lambda.Core.ILambdaContext";

        readonly MethodInfo method;
        readonly object target;
        readonly Type context;
        readonly Func<Stream, object> read;
        readonly Action<object, Stream> write;
        readonly PropertyInfo taskResult;

        public Handler(HandlerName name, MethodInfo method, object target, Serializer serializer) {
            this.method = method;
            this.target = target;
            ParameterInfo[] parameters = method.GetParameters();
            if (parameters.Length > 2) {
                throw HandlerLoader.Invalid("Method '{0}' of type '{1}' is not supported: the method has more than 2 parameters.", method.Name, name.Type);
            }
            Type last = parameters.Length == 0 ? null : parameters[parameters.Length - 1].ParameterType;
            if (last != null && last.FullName == ContextName) context = last;
            if (parameters.Length == 2 && context == null) {
                throw HandlerLoader.Invalid("Method '{0}' of type '{1}' is not supported: the method has 2 parameters, but the second parameter is not of type '{2}'.",
                                            method.Name, name.Type, ContextName);
            }
            if (parameters.Length > (context == null ? 0 : 1)) read = Reader(name, parameters[0].ParameterType, serializer);
            taskResult = TaskResult(method.ReturnType);
            Type result = taskResult == null ? method.ReturnType : taskResult.PropertyType;
            if (result != typeof(void) && !typeof(Task).IsAssignableFrom(result)) write = Writer(name, result, serializer);
        }

        /// <summary>Throws what the handler throws.</summary>
        public void Handle(Event invocation, Stream output) {
            object[] arguments = new object[method.GetParameters().Length];
            if (context != null) arguments[arguments.Length - 1] = FunctionContext.Of(context, invocation);
            if (read != null) arguments[0] = read(invocation.Payload);
            object result = Unwrapped(() => method.Invoke(target, arguments));
            var task = result as Task;
            if (task != null && write == null || taskResult != null) task.GetAwaiter().GetResult();
            if (write != null) write(taskResult == null ? result : taskResult.GetValue(task, null), output);
        }

        /// <summary>Reflection wraps what is thrown in an exception of its own.</summary>
        public static object Unwrapped(Func<object> call) {
            try {
                return call();
            } catch (TargetInvocationException wrapper) {
                ExceptionDispatchInfo.Capture(wrapper.InnerException).Throw();
                throw;
            }
        }

        static PropertyInfo TaskResult(Type type) {
            for (; type != null; type = type.BaseType) {
                if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Task<>)) return type.GetProperty("Result");
            }
            return null;
        }

        static Func<Stream, object> Reader(HandlerName name, Type type, Serializer serializer) {
            if (type == typeof(Stream)) return input => input;
            if (serializer == null) throw NoSerializer(name, "deserialize input", type);
            return serializer.Reader(type);
        }

        static Action<object, Stream> Writer(HandlerName name, Type type, Serializer serializer) {
            if (typeof(Stream).IsAssignableFrom(type)) return (value, output) => Copy((Stream)value, output);
            if (serializer == null) throw NoSerializer(name, "serialize output", type);
            return serializer.Writer(type);
        }

        static void Copy(Stream from, Stream to) {
            if (from == null) return;
            if (from.CanSeek) from.Position = 0;
            using (from) from.CopyTo(to);
        }

        static LambdaValidationException NoSerializer(HandlerName name, string doing, Type type) {
            return HandlerLoader.Invalid(
                "Could not find the LambdaSerializerAttribute on the assembly '{0}' or method '{1}' while attempting to {2} data of type '{3}'. To use types other than System.IO.Stream as input/output parameters, the assembly or Lambda function should be annotated with {4}.",
                name.Assembly, name.Method, doing, type.FullName, Serializer.Attribute);
        }
    }
}
