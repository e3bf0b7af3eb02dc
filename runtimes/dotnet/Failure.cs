using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace Hearth.Lambda {
    /// <summary>What makes a handler unusable, in the service's words. Its name is what callers see.</summary>
    sealed class LambdaValidationException : Exception {
        public LambdaValidationException(string message) : base(message) {}
    }

    /// <summary>Errors as callers see them.</summary>
    static class Failure {
        const int DocumentBytesMax = 256 * 1024;
        const int CausesMax = 16;
        static readonly string[] Calling = {"---", "at Hearth.Lambda.", "at System.Reflection.", "at System.RuntimeMethodHandle.", "at System.RuntimeType.",
                                            "at System.Activator.", "at InvokeStub_", "at (wrapper "};

        public static byte[] Document(Exception error) {
            byte[] document = Encoding.UTF8.GetBytes(Json.Text(Described(error, 0)));
            if (document.Length <= DocumentBytesMax) return document;
            return Encoding.UTF8.GetBytes(Json.Text(Truncated));
        }

        static readonly Dictionary<string, object> Truncated = new Dictionary<string, object> {
            {"errorMessage", "Exception exceeded maximum payload size of 256KB."}};

        static Dictionary<string, object> Described(Exception error, int depth) {
            if (depth > CausesMax) return Truncated;
            var document = new Dictionary<string, object> {{"errorType", error.GetType().Name}, {"errorMessage", error.Message}};
            object[] frames = Frames(error).ToArray();
            if (frames.Length > 0) document["stackTrace"] = frames;
            if (error.InnerException != null) document["cause"] = Described(error.InnerException, depth + 1);
            var several = error as AggregateException;
            if (several != null) document["causes"] = several.InnerExceptions.Select(one => (object)Described(one, depth + 1)).ToArray();
            return document;
        }

        /// <summary>How we called the function says nothing about its code.</summary>
        static IEnumerable<string> Frames(Exception error) {
            return (error.StackTrace ?? "").Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)
                .Reverse().SkipWhile(line => Calling.Any(one => line.StartsWith(one, StringComparison.Ordinal))).Reverse();
        }
    }
}
