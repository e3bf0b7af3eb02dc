using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Reflection.Emit;

namespace Hearth.Lambda {
    /// <summary>
    /// Objects of interfaces that are known only once the function's assemblies are there: it brings Amazon.Lambda.Core itself,
    /// in the version that it was compiled with.
    /// </summary>
    static class Proxy {
        /// <summary>What methods answer, by name. The interface's own methods stay where nothing is said here.</summary>
        public sealed class Answers : Dictionary<string, Func<object[], object>> {
            public object Call(string method, object[] arguments) {
                Func<object[], object> answer;
                if (TryGetValue(method, out answer)) return answer(arguments);
                throw new NotImplementedException(method + " of this version of Amazon.Lambda.Core is not implemented");
            }

            public void AddProperty(string name, Func<object> value) { Add("get_" + name, arguments => value()); }
        }

        static readonly ModuleBuilder Module =
            AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("Hearth.Lambda.Proxies"), AssemblyBuilderAccess.Run)
                .DefineDynamicModule("Proxies");
        static readonly Dictionary<Type, Type> Made = new Dictionary<Type, Type>();
        static readonly MethodInfo Invoke = typeof(Func<string, object[], object>).GetMethod("Invoke");

        public static object Of(Type type, Answers answers) {
            lock (Made) {
                Type made;
                if (!Made.TryGetValue(type, out made)) Made[type] = made = Make(type, answers);
                object proxy = Activator.CreateInstance(made);
                made.GetField("answer").SetValue(proxy, new Func<string, object[], object>(answers.Call));
                return proxy;
            }
        }

        static Type Make(Type type, Answers answers) {
            TypeBuilder made = Module.DefineType("Proxy" + Made.Count, TypeAttributes.Public | TypeAttributes.Sealed, typeof(object),
                                                 new[] {type});
            FieldBuilder answer = made.DefineField("answer", Invoke.DeclaringType, FieldAttributes.Public);
            foreach (MethodInfo method in type.GetInterfaces().Concat(new[] {type}).SelectMany(one => one.GetMethods())) {
                if (!method.IsStatic && (method.IsAbstract || answers.ContainsKey(method.Name))) Implement(made, method, answer);
            }
            return made.CreateType();
        }

        static void Implement(TypeBuilder made, MethodInfo method, FieldInfo answer) {
            Type[] parameters = method.GetParameters().Select(one => one.ParameterType).ToArray();
            MethodBuilder body = made.DefineMethod(method.Name,
                MethodAttributes.Public | MethodAttributes.Virtual | MethodAttributes.Final | MethodAttributes.HideBySig | MethodAttributes.NewSlot,
                method.ReturnType, parameters);
            ILGenerator code = body.GetILGenerator();
            code.Emit(OpCodes.Ldarg_0);
            code.Emit(OpCodes.Ldfld, answer);
            code.Emit(OpCodes.Ldstr, method.Name);
            code.Emit(OpCodes.Ldc_I4, parameters.Length);
            code.Emit(OpCodes.Newarr, typeof(object));
            for (int i = 0; i < parameters.Length; ++i) {
                code.Emit(OpCodes.Dup);
                code.Emit(OpCodes.Ldc_I4, i);
                code.Emit(OpCodes.Ldarg, (short)(i + 1));
                if (parameters[i].IsValueType) code.Emit(OpCodes.Box, parameters[i]);
                code.Emit(OpCodes.Stelem_Ref);
            }
            code.Emit(OpCodes.Callvirt, Invoke);
            if (method.ReturnType == typeof(void)) code.Emit(OpCodes.Pop);
            else code.Emit(OpCodes.Unbox_Any, method.ReturnType);
            code.Emit(OpCodes.Ret);
            made.DefineMethodOverride(body, method);
        }
    }
}
