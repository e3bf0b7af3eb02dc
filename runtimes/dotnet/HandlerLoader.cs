using System;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Hearth.Lambda {
    /// <summary>Finds the method that a handler's name says. What is wrong with it is said in the service's words.</summary>
    static class HandlerLoader {
        const BindingFlags Own = BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

        /// <summary>Throws LambdaValidationException, and what the function's constructors throw.</summary>
        public static Handler Load(string text) {
            var name = new HandlerName(text);
            Type type = Loaded(name).GetType(name.Type);
            if (type == null) throw Invalid("Unable to load type '{0}' from assembly '{1}'.", name.Type, name.Assembly);
            MethodInfo method = Find(type, name, (one, wanted) => one.Name == wanted) ?? Find(type, name, (one, wanted) => one.ToString() == wanted);
            if (method == null) {
                throw Invalid("Unable to find method '{0}' in type '{1}' from assembly '{2}': Found no methods matching method name '{0}'.",
                              name.Method, name.Type, name.Assembly);
            }
            CheckMethod(method);
            CheckType(type, method);
            if (method.IsStatic) RuntimeHelpers.RunClassConstructor(type.TypeHandle);
            object target = method.IsStatic ? null : Handler.Unwrapped(() => Activator.CreateInstance(type));
            return new Handler(name, method, target, Serializer.Of(method, type.Assembly));
        }

        public static LambdaValidationException Invalid(string format, params object[] arguments) {
            return new LambdaValidationException(string.Format(format, arguments));
        }

        static Assembly Loaded(HandlerName name) {
            try {
                return Assembly.Load(name.Assembly);
            } catch (FileNotFoundException absent) {
                throw Invalid("Could not find the specified handler assembly with the file name '{0}'. The assembly should be located in the root of your uploaded .zip file.", absent.FileName);
            } catch (Exception) {
                throw Invalid("Unable to load assembly '{0}'.", name.Assembly);
            }
        }

        static MethodInfo Find(Type type, HandlerName name, Func<MethodInfo, string, bool> matches) {
            for (; type != null; type = type.BaseType) {
                MethodInfo[] found = type.GetMethods(Own).Where(one => matches(one, name.Method)).ToArray();
                if (found.Length == 1) return found[0];
                if (found.Length == 0) continue;
                throw Invalid("The method '{0}' in type '{1}' appears to have a number of overloads. To call this method please specify a complete method signature. Possible candidates are:\n{2}.",
                              name.Method, type.FullName, string.Join("\n", found.Select(one => one.ToString())));
            }
            return null;
        }

        static void CheckMethod(MethodInfo method) {
            const string Unusable = "The method '{0}' cannot be used as a Lambda Handler because it is ";
            if (method.IsAbstract) throw Invalid(Unusable + "an abstract method. Handler methods cannot be abstract. Please specify a non-abstract handler method.", method);
            if (method.IsGenericMethod) throw Invalid(Unusable + "a generic method. Handler methods cannot be generic. Please specify a non-generic handler method.", method);
            if (method.ReturnType == typeof(void) && method.IsDefined(typeof(AsyncStateMachineAttribute), false)) {
                throw Invalid(Unusable + "an 'async void' method. Handler methods cannot be 'async void'. Please specify a method that is not 'async void'.", method);
            }
            ParameterInfo last = method.GetParameters().LastOrDefault();
            if (last != null && last.IsDefined(typeof(ParamArrayAttribute), false)) {
                throw Invalid(Unusable + "a 'params' method. Please specify a method that does not use 'params'.", method);
            }
            if ((method.CallingConvention & CallingConventions.VarArgs) == CallingConventions.VarArgs) {
                throw Invalid(Unusable + "a 'vararg (variable arguments)' method. Please specify a method that is not 'vararg'.", method);
            }
        }

        static void CheckType(Type type, MethodInfo method) {
            if (type.IsGenericType) {
                throw Invalid("The type '{0}' cannot be used as a Lambda Handler type because it is generic. Handler methods cannot be located in generic types. Please specify a handler method in a non-generic type.", type.FullName);
            }
            if (!method.IsStatic && type.IsAbstract) {
                throw Invalid("The instance method '{0}' cannot be used as a Lambda Handler because its type '{1}' is abstract. Please either use a static handler or specify a type that is not abstract.", method, type.FullName);
            }
            if (!type.IsClass && (!type.IsValueType || type.IsPrimitive || type.IsEnum)) {
                throw Invalid("The type '{0}' cannot be used as a handler type since it is not a class or a struct. Please specify a handler method on a class or struct.", type.FullName);
            }
        }
    }
}
