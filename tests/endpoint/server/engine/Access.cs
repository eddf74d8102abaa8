// Lets this program use the engine's internals at run time, as the publicized copy lets it at compile time.
[assembly: System.Runtime.CompilerServices.IgnoresAccessChecksTo("System.Management.Automation")]

namespace System.Runtime.CompilerServices
{
    [AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
    sealed class IgnoresAccessChecksToAttribute(string assemblyName) : Attribute
    {
        public string AssemblyName { get; } = assemblyName;
    }
}
