using System;
using System.IO;
using System.Linq;
using System.Reflection;

namespace Hearth.Lambda {
    /// <summary>The serializer that the function names by a LambdaSerializerAttribute.</summary>
    sealed class Serializer {
        public const string Attribute = "Amazon.Lambda.Core.LambdaSerializerAttribute";
        const string Interface = "Amazon.Lambda.Core.ILambdaSerializer";

        readonly object target;
        readonly Type type;

        Serializer(object target, Type type) {
            this.target = target;
            this.type = type;
        }

        /// <summary>The method's own before the assembly's; null when there is none.</summary>
        public static Serializer Of(MethodInfo method, Assembly assembly) {
            object attribute = method.GetCustomAttributes(true).Concat(assembly.GetCustomAttributes(true)).FirstOrDefault(IsAttribute);
            if (attribute == null) return null;
            string attributeName = attribute.GetType().FullName;
            PropertyInfo property = attribute.GetType().GetProperty("SerializerType");
            if (property == null) throw HandlerLoader.Invalid("The '{0}' class is invalid: no 'SerializerType' property detected.", attributeName);
            var named = property.GetValue(attribute, null) as Type;
            if (named == null) throw HandlerLoader.Invalid("The 'SerializerType' property on attribute class '{0}' is not set.", attributeName);
            if (named.GetConstructor(Type.EmptyTypes) == null) {
                throw HandlerLoader.Invalid("The indicated serializer '{0}' does not define a public zero-parameter constructor.", named.FullName);
            }
            Type type = named.GetInterface(Interface);
            if (type == null) throw HandlerLoader.Invalid("The '{0}' class is invalid: it does not implement the 'ILambdaSerializer' interface.", named.FullName);
            return new Serializer(Handler.Unwrapped(() => Activator.CreateInstance(named)), type);
        }

        static bool IsAttribute(object attribute) {
            for (Type type = attribute.GetType(); type != null; type = type.BaseType) {
                if (type.FullName == Attribute) return true;
            }
            return false;
        }

        public Func<Stream, object> Reader(Type of) {
            MethodInfo read = type.GetMethod("Deserialize").MakeGenericMethod(of);
            return input => Handler.Unwrapped(() => read.Invoke(target, new object[] {input}));
        }

        public Action<object, Stream> Writer(Type of) {
            MethodInfo write = type.GetMethod("Serialize").MakeGenericMethod(of);
            return (value, output) => Handler.Unwrapped(() => write.Invoke(target, new[] {value, output}));
        }
    }
}
