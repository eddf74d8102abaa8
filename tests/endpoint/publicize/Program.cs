// Copies an assembly with its internal types and members made public, to compile against.
// Private members stay private: an event and its field share a name and would collide.
using Mono.Cecil;

if (args.Length != 2)
{
    Console.Error.WriteLine("usage: publicize IN.dll OUT.dll");
    return 2;
}

using var module = ModuleDefinition.ReadModule(args[0]);
foreach (var type in module.GetTypes())
{
    Publicize(type);
}
module.Write(args[1]);
return 0;

static void Publicize(TypeDefinition type)
{
    if (!type.IsNested)
    {
        type.IsPublic = true;
    }
    else if (type.IsNestedAssembly || type.IsNestedFamilyOrAssembly)
    {
        type.IsNestedPublic = true;
    }
    foreach (var method in type.Methods)
    {
        if (method.IsAssembly || (method.IsFamilyOrAssembly && !method.IsVirtual))
        {
            method.IsPublic = true;
        }
    }
    foreach (var field in type.Fields)
    {
        if (field.IsAssembly)
        {
            field.IsPublic = true;
        }
    }
}
