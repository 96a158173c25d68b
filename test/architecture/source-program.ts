import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import {
  isCallExpression,
  isExportDeclaration,
  isExternalModuleReference,
  isIdentifier,
  isImportDeclaration,
  isImportEqualsDeclaration,
  isImportTypeNode,
  isLiteralTypeNode,
  isNamedExports,
  isNamedImports,
  isNewExpression,
  isPropertyAccessExpression,
  isStringLiteral,
  type Node,
  type SourceFile,
  SyntaxKind,
} from 'typescript/unstable/ast';
import { API, type Project, SymbolFlags } from 'typescript/unstable/sync';

/** One import, export from, dynamic import, `require()` or import type. */
export interface Import {
  /** The importing file, relative to the source folder and without its extension. */
  readonly importer: string;
  /** The imported file in the same form, or a package as written. */
  readonly imported: string;
  readonly isPackage: boolean;
  /** Whether the compiler removes it, so that nothing is loaded at run time. */
  readonly isType: boolean;
}

/** The files of `src/`, parsed and resolved by the compiler. */
export class SourceProgram {
  readonly files: readonly string[];
  private readonly api: API;
  private readonly projects: readonly Project[];

  constructor(
    root: string,
    private readonly folder = join(root, 'src'),
  ) {
    this.files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => file.slice(0, -'.ts'.length))
      .sort();
    this.api = new API({ cwd: root });
    const openProjects = ['tsconfig.build.json', 'tsconfig.page.json'].map((name) => join(root, name));
    this.projects = this.api.updateSnapshot({ openProjects }).getProjects();
  }

  close(): void {
    this.api.close();
  }

  imports(): Import[] {
    return this.files.flatMap((file) => [...this.importsOfNode(file, this.parsed(file).source)]);
  }

  /** Returns the files that construct a class `name` that a package declares. */
  constructionsOf(name: string, packageName: string): string[] {
    return this.files.filter((file) => {
      const { source, project } = this.parsed(file);
      return constructs(project, source, name, packageName);
    });
  }

  /** Returns the number of lines of a file. */
  lines(file: string): number {
    return readFileSync(join(this.folder, `${file}.ts`), 'utf8')
      .trimEnd()
      .split('\n').length;
  }

  private parsed(file: string): { source: SourceFile; project: Project } {
    const path = join(this.folder, `${file}.ts`);
    for (const project of this.projects) {
      const source = project.program.getSourceFile(path);
      if (source !== undefined) return { source, project };
    }
    throw new Error(`no tsconfig of the build includes ${path}`);
  }

  private *importsOfNode(importer: string, node: Node): Generator<Import> {
    const specifier = moduleSpecifier(node);
    if (specifier !== undefined) {
      const isPackage = !specifier.startsWith('.');
      yield {
        importer,
        imported: isPackage ? specifier : this.resolve(importer, specifier),
        isPackage,
        isType: isErased(node),
      };
    }
    for (const child of children(node)) yield* this.importsOfNode(importer, child);
  }

  private resolve(importer: string, specifier: string): string {
    const path = relative(this.folder, resolve(this.folder, dirname(importer), specifier));
    return this.files.includes(path) ? path : join(path, 'index');
  }
}

function constructs(project: Project, node: Node, name: string, packageName: string): boolean {
  if (isNewExpression(node)) {
    const { checker } = project;
    const symbol = checker.getSymbolAtLocation(
      isPropertyAccessExpression(node.expression) ? node.expression.name : node.expression,
    );
    const target = symbol !== undefined && symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const paths = target?.declarations.map(({ path }) => path) ?? [];
    if (target?.name === name && paths.some((path) => path.includes(`/node_modules/${packageName}/`))) return true;
  }
  return children(node).some((child) => constructs(project, child, name, packageName));
}

function children(node: Node): Node[] {
  const nodes: Node[] = [];
  node.forEachChild((child) => {
    nodes.push(child);
    return undefined;
  });
  return nodes;
}

function moduleSpecifier(node: Node): string | undefined {
  if (isImportDeclaration(node) || isExportDeclaration(node)) return literalText(node.moduleSpecifier);
  if (isImportEqualsDeclaration(node) && isExternalModuleReference(node.moduleReference)) {
    return literalText(node.moduleReference.expression);
  }
  if (isImportTypeNode(node) && isLiteralTypeNode(node.argument)) return literalText(node.argument.literal);
  if (isCallExpression(node)) {
    const { expression } = node;
    const loads =
      expression.kind === SyntaxKind.ImportKeyword ||
      (isIdentifier(expression) && expression.text === 'require') ||
      (isPropertyAccessExpression(expression) && expression.getText() === 'require.resolve');
    if (loads) return literalText(node.arguments[0]);
  }
  return undefined;
}

function literalText(node: Node | undefined): string | undefined {
  return node !== undefined && isStringLiteral(node) ? node.text : undefined;
}

/** Reports whether no module is loaded for a node: every name that it imports or exports is marked as a type. */
function isErased(node: Node): boolean {
  if (isImportTypeNode(node)) return true;
  if (isImportEqualsDeclaration(node)) return node.isTypeOnly;
  if (isExportDeclaration(node)) {
    const { exportClause } = node;
    const names = exportClause !== undefined && isNamedExports(exportClause) ? exportClause.elements : [];
    return node.isTypeOnly || (names.length > 0 && names.every(({ isTypeOnly }) => isTypeOnly));
  }
  if (isImportDeclaration(node)) {
    const { importClause } = node;
    if (importClause === undefined) return false;
    if (importClause.phaseModifier === SyntaxKind.TypeKeyword) return true;
    const { name, namedBindings } = importClause;
    if (name !== undefined || namedBindings === undefined || !isNamedImports(namedBindings)) return false;
    return namedBindings.elements.length > 0 && namedBindings.elements.every(({ isTypeOnly }) => isTypeOnly);
  }
  return false;
}
