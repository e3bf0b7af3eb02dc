using System;
using System.Reflection;

namespace Hearth.Lambda {
    /// <summary>"ASSEMBLY::TYPE::METHOD", where the method may be a whole signature.</summary>
    sealed class HandlerName {
        public readonly AssemblyName Assembly;
        public readonly string Type;
        public readonly string Method;

        public HandlerName(string text) {
            const string Format = ". The valid format is 'ASSEMBLY::TYPE::METHOD'.";
            if (string.IsNullOrEmpty(text)) throw new LambdaValidationException("Empty lambda function handler" + Format);
            string wrong = "Invalid lambda function handler: '" + text + "'";
            string[] parts = text.Split(new[] {"::"}, 3, StringSplitOptions.None);
            if (parts.Length != 3) throw new LambdaValidationException(wrong + Format);
            string[] names = {"assembly", "type", "method"};
            for (int i = 0; i < parts.Length; ++i) {
                parts[i] = parts[i].Trim();
                if (parts[i].Length == 0) throw new LambdaValidationException(wrong + ", the " + names[i] + " is missing" + Format);
            }
            Assembly = new AssemblyName(parts[0]);
            Type = parts[1];
            Method = parts[2];
        }
    }
}
