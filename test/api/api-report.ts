import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import {
  type ClassDeclaration,
  type InterfaceDeclaration,
  isClassDeclaration,
  isIdentifier,
  isImportTypeNode,
  isInterfaceDeclaration,
  isPrivateIdentifier,
  isQualifiedName,
  ModifierFlags,
  type Node,
  SyntaxKind,
} from 'typescript/unstable/ast';
import { API, type Symbol as Declared, type Project, SymbolFlags } from 'typescript/unstable/sync';

/** The folder of the checked-in pages. */
export const API_PAGES = 'docs/api';

/** Returns the file name of an entry point's page. */
export function pageFile(entryPoint: string): string {
  return `${entryPoint.replaceAll('/', '-')}.md`;
}

/** The public API of one entry point of the built package. */
export interface EntryPoint {
  /** The name in `exports`, without `./`; `meterbridge` for the main one. */
  readonly name: string;
  /** A Markdown page: every exported declaration with its documentation. */
  readonly page: string;
}

export interface ApiReport {
  readonly entryPoints: readonly EntryPoint[];
  /** Types of this package that a public declaration names and that no entry point exports, as `entry: export names type`. */
  readonly unexported: readonly string[];
  /** Exported declarations, and members of exported classes and interfaces, that have no documentation. */
  readonly undocumented: readonly string[];
}

/** Reads the declarations that the build wrote to `dist/`. */
export function readApi(root: string): ApiReport {
  const api = new API({ cwd: root });
  try {
    const config = join(root, 'test/api/tsconfig.json');
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
    if (project === undefined) throw new Error(`${config} cannot be opened`);
    return new ApiReader(root, project).read();
  } finally {
    api.close();
  }
}

interface Exported {
  readonly name: string;
  readonly symbol: Declared;
  readonly nodes: readonly Node[];
}

class ApiReader {
  private readonly unexported = new Set<string>();
  private readonly undocumented = new Set<string>();

  constructor(
    private readonly root: string,
    private readonly project: Project,
  ) {}

  read(): ApiReport {
    const entries = this.entryPoints().map(({ name, file }) => ({ name, exported: this.exportsOf(file) }));
    const exported = new Set(entries.flatMap((entry) => entry.exported.map(({ symbol }) => symbol.id)));
    const entryPoints = entries.map((entry) => {
      for (const { name, symbol, nodes } of entry.exported) {
        this.checkDocumentation(entry.name, name, symbol, nodes);
        for (const node of nodes) this.checkNames(`${entry.name}: ${name}`, node, exported);
      }
      return { name: entry.name, page: this.page(entry.name, entry.exported) };
    });
    return {
      entryPoints,
      unexported: [...this.unexported].sort(),
      undocumented: [...this.undocumented].sort(),
    };
  }

  private entryPoints(): { name: string; file: string }[] {
    const { name: packageName, exports } = JSON.parse(readFileSync(join(this.root, 'package.json'), 'utf8')) as {
      name: string;
      exports: Record<string, string | { types: string } | { require: { types: string } }>;
    };
    return Object.entries(exports).flatMap(([path, target]) =>
      typeof target === 'string'
        ? []
        : [
            {
              name: path === '.' ? packageName : path.slice('./'.length),
              file: join(this.root, 'require' in target ? target.require.types : target.types),
            },
          ],
    );
  }

  private exportsOf(file: string): Exported[] {
    const { checker, program } = this.project;
    const source = program.getSourceFile(file);
    if (source === undefined) throw new Error(`${relative(this.root, file)} is missing: run "npm run build"`);
    const module = checker.getSymbolAtLocation(source);
    const symbols = module === undefined ? [] : checker.getExportsOfModule(module);
    return symbols
      .map((symbol) => {
        const target = this.target(symbol);
        return {
          name: symbol.name,
          symbol: target,
          nodes: target.declarations.map((each) => each.resolve(this.project)).filter((node) => node !== undefined),
        };
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  private target(symbol: Declared): Declared {
    return symbol.flags & SymbolFlags.Alias ? this.project.checker.getAliasedSymbol(symbol) : symbol;
  }

  private isOurs(symbol: Declared): boolean {
    return symbol.declarations.some(({ path }) => path.startsWith(join(this.root, 'dist/')));
  }

  private checkDocumentation(entry: string, name: string, symbol: Declared, nodes: readonly Node[]): void {
    if (!this.isOurs(symbol)) return;
    if (this.documentation(symbol) === '') this.undocumented.add(`${entry}: ${name}`);
    for (const node of nodes) {
      if (!isClassDeclaration(node) && !isInterfaceDeclaration(node)) continue;
      for (const member of publicMembers(node)) {
        const own = member.name === undefined ? undefined : this.project.checker.getSymbolAtLocation(member.name);
        if (own === undefined || this.isInherited(node, own.name)) continue;
        if (this.documentation(own) === '') this.undocumented.add(`${entry}: ${name}.${own.name}`);
      }
    }
  }

  /** Reports whether a class or interface has a member from what it extends or implements, where it is documented. */
  private isInherited(node: ClassDeclaration | InterfaceDeclaration, member: string): boolean {
    const { checker } = this.project;
    const bases = node.heritageClauses?.flatMap(({ types }) => [...types]) ?? [];
    return bases.some((base) => {
      const type = checker.getTypeAtLocation(base);
      return type !== undefined && checker.getPropertyOfType(type, member) !== undefined;
    });
  }

  /** Returns a declaration's comment as Markdown, tags such as `@throws` included. */
  private documentation(symbol: Declared): string {
    const { checker } = this.project;
    const tags = symbol
      .getJsDocTags(checker)
      .map(({ name, text }) =>
        name === 'example' ? `\`\`\`ts\n${text}\n\`\`\`` : `- \`@${name}\` ${text ?? ''}`.trimEnd(),
      );
    return [symbol.getDocumentationComment(checker), tags.join('\n')]
      .filter((text) => text !== '')
      .join('\n\n')
      .replaceAll(/\{@link ([^}]+)\}/g, '`$1`')
      .trim();
  }

  /** Adds every declaration of this package that a signature names without exporting it. */
  private checkNames(place: string, node: Node, exported: ReadonlySet<number>): void {
    if (isPrivate(node)) return;
    if (isTypeName(node)) {
      const symbol = this.project.checker.getSymbolAtLocation(node);
      const target = symbol === undefined ? undefined : this.target(symbol);
      const isDeclaration = SymbolFlags.Class | SymbolFlags.Interface | SymbolFlags.TypeAlias | SymbolFlags.Enum;
      if (target !== undefined && target.flags & isDeclaration && this.isOurs(target) && !exported.has(target.id)) {
        this.unexported.add(`${place} names ${target.name}`);
      }
    }
    node.forEachChild((child) => {
      this.checkNames(place, child, exported);
      return undefined;
    });
  }

  private page(entry: string, exported: readonly Exported[]): string {
    const lines = [`# ${entry}`, '', '<!-- Generated from the declarations of the build. Run "npm run api". -->', ''];
    if (exported.length === 0) lines.push('Exports nothing. It is loaded for its effect.', '');
    for (const { name, symbol, nodes } of exported) {
      lines.push(`## ${name}`, '');
      const documentation = this.documentation(symbol);
      if (documentation !== '') lines.push(documentation, '');
      if (this.isOurs(symbol)) lines.push('```ts', ...nodes.map(declarationText), '```', '');
      else lines.push('From another package, exported again.', '');
    }
    return `${lines.join('\n').trimEnd()}\n`;
  }
}

function isTypeName(node: Node): boolean {
  if (!isIdentifier(node)) return false;
  const { parent } = node;
  return (
    parent.kind === SyntaxKind.TypeReference ||
    parent.kind === SyntaxKind.ExpressionWithTypeArguments ||
    isImportTypeNode(parent) ||
    isQualifiedName(parent)
  );
}

type Member = Node & { readonly name?: Node };

function publicMembers(node: Node & { readonly members: readonly Node[] }): Member[] {
  return node.members.filter(
    (member) =>
      !isPrivate(member) && member.kind !== SyntaxKind.Constructor && member.kind !== SyntaxKind.IndexSignature,
  );
}

function isPrivate(node: Node): boolean {
  const { name, modifierFlags = 0 } = node as Member & { readonly modifierFlags?: number };
  return (modifierFlags & ModifierFlags.Private) !== 0 || (name !== undefined && isPrivateIdentifier(name));
}

/** Returns a declaration as TypeScript text, without private members and without its own comment. */
function declarationText(node: Node): string {
  const source = node.getSourceFile().text;
  // A variable is declared by a statement around it.
  const statement = node.kind === SyntaxKind.VariableDeclaration ? node.parent.parent : node;
  const start = statement.getStart();
  const hidden = isClassDeclaration(statement) ? statement.members.filter(isPrivate) : [];
  let text = '';
  let from = start;
  for (const member of hidden) {
    text += source.slice(from, member.pos);
    from = member.end;
  }
  text += source.slice(from, statement.end);
  return text.replace(/^export (?:declare )?/, '').replaceAll(/\n[ \t]*(?=\n)/g, '');
}
